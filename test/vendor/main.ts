import { listenControl } from './control'
import { listenVendor } from './listen'

// A program of its own, so that its bill is kept where the code under test cannot reach it. It ends with its parent.
const vendor = listenVendor(Number(Bun.argv[2] ?? 0))
const control = listenControl(vendor)
console.log(
  JSON.stringify({ url: `http://127.0.0.1:${vendor.port}/v1`, control: `http://127.0.0.1:${control.port}` }),
)

for await (const _ of Bun.stdin.stream()) {
  // Nothing is said there: its end says that the parent is gone.
}
process.exit(0)
