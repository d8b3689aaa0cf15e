import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { $ } from 'bun'
import { envPairs, type Instruction, parseDockerfile, type Stage } from './dockerfile'

/** Who runs what the Dockerfile says: not root, wherever we may choose. */
export const UNPRIVILEGED = 1000
export const isRoot = process.getuid?.() === 0

/** A built image as a folder: what its last stage left, and the settings that go with it. */
export interface Image {
  root: string
  workdir: string
  env: Record<string, string>
  last: Stage
}

/** Words before a command that make it run as this user, without any privilege. */
export function asUser(user: number): string[] {
  if (!isRoot) return []
  return [
    'setpriv',
    `--reuid=${user}`,
    `--regid=${user}`,
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--bounding-set=-all',
  ]
}

/** Carries out every stage in folders below `folder`, from the files of the last commit; RUN lines run unprivileged. */
export async function buildImage(project: string, folder: string, path: string): Promise<Image> {
  const context = join(folder, 'context')
  mkdirSync(context, { recursive: true })
  await $`git -C ${project} archive HEAD | tar -x -C ${context}`.quiet()
  await dropIgnored(context)
  const stages = parseDockerfile(readFileSync(join(project, 'Dockerfile'), 'utf8'))
  const built = new Map<string, Image>()
  let image: Image | undefined
  for (const stage of stages) {
    image = { root: join(folder, `stage-${built.size}`), workdir: '/', env: {}, last: stage }
    mkdirSync(image.root)
    for (const instruction of stage.instructions) await carryOut(instruction, image, built, context, path)
    built.set(stage.name, image)
  }
  if (!image) throw new Error('The Dockerfile has no stage')
  return image
}

/** The list names what stays (`!name`) among what goes (`*`), which is all that it may say. */
async function dropIgnored(context: string): Promise<void> {
  const lines = readFileSync(join(context, '.dockerignore'), 'utf8')
    .split('\n')
    .map(line => line.trim())
  const rules = lines.filter(line => line !== '' && !line.startsWith('#'))
  if (rules[0] !== '*' || rules.slice(1).some(rule => !/^![\w.-]+$/.test(rule)))
    throw new Error('.dockerignore: * and !names only')
  const kept = new Set(rules.slice(1).map(rule => rule.slice(1)))
  for (const name of (await $`ls -A ${context}`.text()).split('\n').filter(Boolean))
    if (!kept.has(name)) await $`rm -rf ${join(context, name)}`
}

async function carryOut(
  { word, flags, rest }: Instruction,
  image: Image,
  built: Map<string, Image>,
  context: string,
  path: string,
): Promise<void> {
  if (word === 'WORKDIR') image.workdir = rest
  if (word === 'WORKDIR') mkdirSync(join(image.root, rest), { recursive: true })
  if (word === 'ENV') Object.assign(image.env, envPairs(rest))
  if (word === 'COPY') copy(rest.split(/\s+/), flags.from ? built.get(flags.from)!.root : context, image)
  if (word === 'RUN') await run(rest, image, path)
}

/** A folder's content goes into the destination, a file under its own name where that ends with a slash. */
function copy(words: string[], from: string, { root, workdir }: Image): void {
  const destination = words.at(-1)!
  const target = join(root, destination.startsWith('/') ? destination : join(workdir, destination))
  for (const word of words.slice(0, -1)) {
    const source = join(from, word)
    if (!existsSync(source)) throw new Error(`COPY ${word}: there is no such file`)
    const isFile = statSync(source).isFile()
    const into = isFile && destination.endsWith('/') ? join(target, basename(word)) : target
    cpSync(source, into, { recursive: true, verbatimSymlinks: true })
  }
}

async function run(command: string, { root, workdir, env }: Image, path: string): Promise<void> {
  const home = join(root, 'home')
  mkdirSync(home, { recursive: true })
  if (isRoot) await $`chown -R ${UNPRIVILEGED}:${UNPRIVILEGED} ${root}`
  // The machine may reach its packages through a mirror that only the caller's own settings name.
  const registry = (await $`npm config get registry`.nothrow().quiet().text()).trim()
  const child = Bun.spawn([...asUser(UNPRIVILEGED), 'sh', '-c', command], {
    cwd: join(root, workdir),
    env: {
      ...env,
      PATH: path,
      HOME: home,
      ...certificates(),
      ...(registry ? { npm_config_registry: registry } : {}),
    },
    stdout: 'inherit',
    stderr: 'inherit',
  })
  const exitCode = await child.exited
  if (exitCode !== 0) throw new Error(`RUN ${command}: exit code ${exitCode}`)
  await $`rm -rf ${home}`
}

function certificates(): Record<string, string> {
  const names = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name]!]] : [])))
}

/** Nothing of the image can be written any more but the data folder, and that by the unprivileged user alone. */
export async function seal({ root }: Image, data: string): Promise<void> {
  if (isRoot) await $`chown -R 0:0 ${root}`
  await $`chmod -R a-w,a+rX ${root}`
  chmodSync(data, 0o700)
  if (isRoot) await $`chown ${UNPRIVILEGED}:${UNPRIVILEGED} ${data}`
}
