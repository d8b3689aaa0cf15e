import { Command, CommanderError } from 'commander'
import { auditCommand } from './audit'
import { chatCommand } from './chat'
import { CliError, type Console } from './console'
import { keysCommand } from './keys'
import { modelsCommand } from './models'
import { tenantsCommand } from './tenants'
import { usageCommand } from './usage'

const EXAMPLES = `
Examples:
  bun cm keys create --tenant acme --name laptop --expires 90d
  bun cm keys create --tenant acme --name subtitles --scope stt --model 'gpt-*'
  bun cm keys list --tenant acme
  bun cm keys rotate <id> --grace 1h
  bun cm usage --by model,day --from 7d
  bun cm audit list --outcome error --limit 50
  bun cm audit export --from 30d > records.ndjson
  bun cm audit verify
  bun cm models --all
  bun cm chat "hello" --model demo
`

/** Runs one command line and returns its exit code; failures are told in one line. */
export async function runCommandLine(words: readonly string[], console: Console): Promise<number> {
  try {
    await createProgram(console).parseAsync([...words], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (!(error instanceof CliError)) throw error
    console.remark(`error: ${error.message}\n`)
    return 1
  }
}

function createProgram(console: Console): Command {
  const program = new Command('cm')
    .description('CallMissed from the command line, over its management API')
    .option('--url <url>', 'where the gateway is (CALLMISSED_URL, or http://127.0.0.1:4000)')
    .option('--admin-key <key>', 'the management key (CALLMISSED_ADMIN_KEY, or DATA_DIR/admin-key)')
    .option('--json', 'answers as JSON')
    .addHelpText('after', EXAMPLES)
  const commands = [tenantsCommand, keysCommand, usageCommand, auditCommand, modelsCommand, chatCommand]
  for (const make of commands) program.addCommand(make(console))
  forEachCommand(program, command =>
    command
      .exitOverride()
      .showHelpAfterError('(--help shows what there is)')
      .configureOutput({ writeOut: text => console.write(text), writeErr: text => console.remark(text) }),
  )
  return program
}

/** Settings of commander do not reach commands that are added whole. */
function forEachCommand(command: Command, change: (command: Command) => void): void {
  change(command)
  for (const child of command.commands) forEachCommand(child, change)
}
