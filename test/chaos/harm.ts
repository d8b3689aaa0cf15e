import { join } from 'node:path'
import type { Life } from './gateways'
import type { RoundOptions, Scene } from './round'
import { copySpool, type Destroyed, damage, folderOf, spoolFolders, whileLocked } from './spools'
import type { Troubles } from './troubles'

/** What is done to the processes, and what came of it. */
export interface Harm {
  scene: Scene
  troubles: Troubles | undefined
  options: RoundOptions
  tally: (what: string) => void
  destroyed: Destroyed
  copies: string[]
  /** Until now. */
  kills: number
  problems: string[]
}

/** It is looked for every half minute; a busy machine may take its time. */
const ADOPTED_WITHIN_MS = 300_000
/** Of the longest pause: some calls are to be under way. */
const LEAST_PAUSE = 0.3

/** One thing that is done to one process, or to all; how many were killed by it. */
export async function harmOnce(harm: Harm): Promise<number> {
  const { scene, options, tally } = harm
  const { gateways, chance } = scene
  await Bun.sleep(options.mostPauseMs * (LEAST_PAUSE + (1 - LEAST_PAUSE) * chance.next()))
  // A process that starts without its database knows no key, so most of the time it would have nothing to lose.
  if (isLongOutage(harm) || chance.happens(0.5)) await harm.troubles?.calm()
  const life = gateways.serving.length > 0 ? chance.pick(gateways.serving) : undefined
  if (!life) throw new Error('no gateway serves')
  if (chance.happens(0.12)) {
    tally('SIGTERM under load')
    const code = await gateways.end(life)
    if (code !== 0) harm.problems.push(`end: exit code ${code} after SIGTERM`)
    await gateways.start(life.slot)
    return 0
  }
  const victims = chance.happens(0.1) ? gateways.serving : [life]
  await Promise.all(victims.map(victim => gateways.kill(victim)))
  for (const victim of victims) {
    tally('kill -9')
    harmSpool(harm, victim)
  }
  let kills = victims.length
  if (chance.happens(0.15)) {
    tally('kill -9')
    tally('… while it was starting')
    await gateways.startAndKill(100 + chance.below(900))
    kills++
  }
  await Promise.all(victims.map(({ slot }) => gateways.start(slot)))
  return kills
}

/** Nobody is killed in a long outage before its end: it is to be served through. */
function isLongOutage({ options, kills }: Harm): boolean {
  return options.longOutageMs > 0 && kills === 0
}

function harmSpool({ scene, tally, destroyed, copies }: Harm, { pid }: Life): void {
  const { gateways, chance } = scene
  const name = folderOf(gateways.spools, pid)
  if (name === undefined) return
  const folder = join(gateways.spools, name)
  whileLocked(folder, () => {
    if (!copies.includes(name) && chance.happens(0.25)) {
      const copy = join(scene.copies, name)
      copySpool(folder, copy)
      copies.push(name)
      tally('spool replayed once more')
    }
    const lost = chance.happens(0.15) ? damage(folder, chance) : undefined
    if (!lost) return
    tally('spool truncated or overwritten')
    for (const tag of lost.ends) destroyed.ends.add(tag)
    for (const tag of lost.dispatches) destroyed.dispatches.add(tag)
  })
}

/** A gateway dies for good: the other one finds what it left, and nobody starts anew meanwhile. */
export async function waitForAdoption({ scene, tally, problems }: Harm): Promise<void> {
  const { gateways } = scene
  const [life] = gateways.serving
  if (!life || gateways.serving.length < 2) return
  await gateways.kill(life)
  const name = folderOf(gateways.spools, life.pid)
  const until = performance.now() + ADOPTED_WITHIN_MS
  const isThere = () => name !== undefined && spoolFolders(gateways.spools).includes(name)
  while (isThere() && performance.now() < until) await Bun.sleep(200)
  if (isThere()) problems.push('adoption: what a dead process left lies there after five minutes')
  else tally('adopted by the other process')
  tally('kill -9')
  await gateways.start(life.slot)
}
