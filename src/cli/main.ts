import { readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { writeWhole } from './output'
import { runCommandLine } from './program'

const STANDARD_OUTPUT = 1
const STANDARD_ERROR = 2

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')

process.exitCode = await runCommandLine(process.argv.slice(2), {
  version: (JSON.parse(manifest) as { version: string }).version,
  environment: Bun.env,
  ownHosts() {
    const addresses = Object.values(networkInterfaces()).flatMap(found => found ?? [])
    return [hostname(), ...addresses.map(({ address }) => address)]
  },
  readFile(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
  },
  write: text => writeWhole(STANDARD_OUTPUT, text),
  remark: text => {
    try {
      writeWhole(STANDARD_ERROR, text)
    } catch {
      // There is nowhere left to say it; the exit code still does.
    }
  },
})
