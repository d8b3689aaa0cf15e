import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claude, say, startMixed } from '../gateway/messages-text'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'

/** Claude Code is no package of ours (235 MB): it is used where it is installed, or where `CLAUDE_CODE` names it. */
const CLAUDE_CODE = process.env.CLAUDE_CODE ?? Bun.which('claude')

const WORD = 'PELICAN'
const PATIENCE_MS = 90_000

/** It reads a file by its own tool, and then says what was in it: by each vendor's dialect. */
const VENDORS: [vendor: string, (path: string) => [Step[], Step[]]][] = [
  [
    'anthropic',
    path => [
      [
        ...claude([]).slice(0, 2),
        say({
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} },
        }),
        say({
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'input_json_delta', partial_json: JSON.stringify({ file_path: path }) },
        }),
        say({ type: 'content_block_stop', index: 0 }),
        say({ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 9 } }),
        say({ type: 'message_stop' }),
      ],
      claude(['It says ', WORD]),
    ],
  ],
  [
    'acme',
    path => [
      chat({ tools: [{ id: 'call_1', name: 'Read', arguments: [JSON.stringify({ file_path: path })] }] }),
      chat({ tokens: ['It says ', WORD] }),
    ],
  ],
]

describe.skipIf(!CLAUDE_CODE)(CLAUDE_CODE ? 'Claude Code' : 'Claude Code: not installed', () => {
  let vendor: Vendor
  let folder: string
  beforeAll(async () => {
    vendor = await startVendor()
    folder = mkdtempSync(join(tmpdir(), 'claude-code-'))
  })
  afterAll(async () => {
    await vendor.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(VENDORS)(
    'does one prompt with a tool, its base URL pointed at the gateway, with a model at %s',
    async (name, answers) => {
      const gateway = startMixed({
        vendors: { [name]: vendor.url },
        capabilities: ['streaming', 'tools', 'reasoning'],
      })
      try {
        const path = join(folder, 'note.txt')
        writeFileSync(path, `The word is ${WORD}.\n`)
        await vendor.clear()
        await vendor.script('m-2026-01', ...answers(path))
        const child = Bun.spawn(
          [CLAUDE_CODE!, '-p', 'Which word is in note.txt?', '--model', 'm', '--allowedTools', 'Read'],
          {
            cwd: folder,
            stdin: 'ignore',
            timeout: PATIENCE_MS,
            env: {
              PATH: process.env.PATH,
              HOME: folder,
              ANTHROPIC_BASE_URL: gateway.url,
              ANTHROPIC_API_KEY: gateway.key,
              ANTHROPIC_DEFAULT_HAIKU_MODEL: 'm',
              CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
              DISABLE_AUTOUPDATER: '1',
            },
          },
        )
        expect([await child.exited, await new Response(child.stdout).text()]).toEqual([
          0,
          `It says ${WORD}\n`,
        ])
        const calls = await vendor.calls()
        expect(calls.at(-1)?.body?.toString()).toContain(`The word is ${WORD}`)
        expect(gateway.records.map(({ endpoint, outcome }) => [endpoint, outcome])).toEqual(
          calls.map(() => ['messages', 'ok']),
        )
      } finally {
        await gateway.stop()
      }
    },
    PATIENCE_MS,
  )
})
