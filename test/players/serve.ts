import type { Answer, Player } from './answer'
import { PLAYERS, startPlayers } from './start'

/**
 * The players and their gateways as a process of their own, for clients that are none of Bun's. Prints one line of JSON
 * (the control port, and by player its URL, its key and what it bills) and ends with its parent. The control port takes
 * `PUT /play?player=&stream=yes|no` (a list of answers), `PUT /break?player=` (words), `GET /calls`, `GET /bill` and
 * `GET /records?player=`.
 */
const played = await startPlayers()

function playerOf(url: URL): Player {
  const name = url.searchParams.get('player')
  const player = PLAYERS.find(each => each.name === name)
  if (!player) throw new Error(`no player is called ${name}`)
  return player
}

const control = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: async request => {
    const url = new URL(request.url)
    switch (`${request.method} ${url.pathname}`) {
      case 'PUT /play':
        await played.play(
          playerOf(url),
          (await request.json()) as Answer[],
          url.searchParams.get('stream') === 'yes',
        )
        return Response.json({})
      case 'PUT /break':
        await played.breakOff(playerOf(url), (await request.json()) as string[])
        return Response.json({})
      case 'GET /calls':
        return Response.json((await played.vendor.calls()).map(({ body }) => body?.toString() ?? null))
      case 'GET /bill':
        return Response.json(await played.vendor.bill())
      case 'GET /records':
        return Response.json(
          played.gateways
            .get(playerOf(url).name)!
            .records.map(({ costPicoUsd, ...record }) => ({ ...record, costPicoUsd: String(costPicoUsd) })),
        )
      default:
        return new Response(null, { status: 404 })
    }
  },
})

const players = PLAYERS.map(({ name, bill }) => {
  const { url, key } = played.gateways.get(name)!
  return [name, { url, key, bill }]
})
console.log(
  JSON.stringify({ control: `http://127.0.0.1:${control.port}`, players: Object.fromEntries(players) }),
)

for await (const _ of Bun.stdin.stream()) {
  // Nothing is said there: its end says that the parent is gone.
}
await played.stop()
process.exit(0)
