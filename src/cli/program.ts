import { Command, CommanderError } from 'commander'
import { auditCommand } from './audit'
import { chatCommand } from './chat'
import { CliError, type Console, ReaderGone } from './console'
import { keysCommand } from './keys'
import { modelsCommand } from './models'
import { tenantsCommand } from './tenants'
import { usageCommand } from './usage'

const EXAMPLES = [
  'bun cm tenants create acme --budget 100/month',
  'bun cm tenants update acme --rpm 600 --budget none',
  'bun cm keys create --tenant acme --name laptop --expires 90d',
  "bun cm keys create --tenant acme --name subtitles --scope stt --model 'gpt-*' --budget 10/month",
  'bun cm keys list --tenant acme',
  'bun cm keys update <id> --budget 2.50/day --all-models',
  'bun cm keys rotate <id> --grace 1h',
  'bun cm usage --by model,day --from 7d',
  'bun cm audit list --outcome error --limit 50',
  'bun cm audit export --from 30d > records.ndjson',
  'bun cm audit changes --tenant acme',
  'bun cm audit verify',
  'bun cm audit correct <request-id> --cost 0.001518',
  'bun cm models --all',
  'bun cm chat "hello" --model demo',
]

/** What a shell tells of a tool that was stopped by SIGPIPE. */
const READER_GONE_EXIT_CODE = 141

/** Runs one command line and returns its exit code; failures are told in one line. */
export async function runCommandLine(words: readonly string[], console: Console): Promise<number> {
  try {
    await createProgram(console).parseAsync([...words], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (error instanceof ReaderGone) return READER_GONE_EXIT_CODE
    if (!(error instanceof CliError)) throw error
    console.remark(`error: ${error.message}\n`)
    return 1
  }
}

function createProgram(console: Console): Command {
  const program = new Command('cm')
    .description('CallMissed from the command line, over its management API')
    .version(console.version)
    .option('--url <url>', 'where the gateway is (CALLMISSED_URL, or http://127.0.0.1:4000)')
    .option('--admin-key <key>', 'the management key (CALLMISSED_ADMIN_KEY, or DATA_DIR/admin-key)')
    .option('--json', 'answers as JSON')
  const commands = [tenantsCommand, keysCommand, usageCommand, auditCommand, modelsCommand, chatCommand]
  for (const make of commands) program.addCommand(make(console))
  forEachCommand(program, 'bun cm', (command, line) =>
    command
      .addHelpText('after', examplesOf(line))
      .exitOverride()
      .showHelpAfterError('(--help shows what there is)')
      .configureOutput({ writeOut: text => console.write(text), writeErr: text => console.remark(text) }),
  )
  return program
}

/** Settings of commander do not reach commands that are added whole. */
function forEachCommand(
  command: Command,
  line: string,
  change: (command: Command, line: string) => void,
): void {
  change(command, line)
  for (const child of command.commands) forEachCommand(child, `${line} ${child.name()}`, change)
}

/** The examples of a command and of those below it. */
function examplesOf(line: string): string {
  const found = EXAMPLES.filter(example => example.startsWith(`${line} `) || example === line)
  return found.length === 0 ? '' : `\nExamples:\n${found.map(example => `  ${example}`).join('\n')}`
}
