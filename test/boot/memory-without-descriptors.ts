import { openSync } from 'node:fs'
import { memoryRoom } from '../../src/boot/memory-room'

/** A process that has no descriptor left looks at its memory, and says whether it could. */
const room = memoryRoom(1, false)
Bun.spawnSync(['prlimit', '--pid', `${process.pid}`, '--nofile=64:4096'])
try {
  for (;;) openSync('/dev/null', 'r')
} catch {
  room.tick(0)
  console.log('it went on')
}
