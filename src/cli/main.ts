import { readFileSync } from 'node:fs'
import { runCommandLine } from './program'

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: Bun.env,
  readFile(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
  },
  write: text => {
    process.stdout.write(text)
  },
  remark: text => {
    process.stderr.write(text)
  },
})
