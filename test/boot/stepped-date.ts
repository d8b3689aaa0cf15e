// Loaded before the gateway: sets its machine's date when it is sent SIGUSR2, as somebody does who sets the clock.
import { readFileSync } from 'node:fs'

const real = Date.now
let stepMs = 0
Date.now = () => real() + stepMs
process.on('SIGUSR2', () => {
  stepMs = Number(readFileSync(process.env.CLOCK_STEP_FILE ?? '', 'utf8'))
  process.stderr.write(`stepped by ${stepMs} ms\n`)
})
