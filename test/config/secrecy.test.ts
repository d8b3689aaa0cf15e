// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the file's references are written like this
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { problemsOf } from './read'

/** Long enough not to stand in a problem by chance, and with what breaks YAML, URLs and headers. */
const secret = fc
  .string({
    unit: fc.constantFrom(...'abcXYZ019-_ \t\n:*&!%@#?/\\"\'{}[]|>é\u0000'.split('')),
    minLength: 3,
    maxLength: 30,
  })
  .map(text => `SECRET${text}CANARY`)

const PLACES: ((text: string) => string)[] = [
  text => `vendors:\n  acme: {dialect: openai, base_url: bad, api_key: ${text}}\n`,
  text => `vendors:\n  acme:\n    dialect: openai\n    api_key: ${text}\n`,
  text => `vendors:\n  acme:\n    api_key: [${text}]\n`,
  text => `vendors:\n  openai: ${text}\n`,
  text => `vendors: ${text}\n`,
  text => `vendors:\n  acme:\n    headers: ${text}\n`,
  text => `vendors:\n  acme:\n    api_key: {key: ${text}}\n`,
  text => `vendors:\n  acme:\n    dialect: opnai\n    apikey: ${text}\n`,
  text => `vendors:\n  acme:\n    headers: {x-key: ${text}, host: ${text}}\n`,
  text => `vendors:\n  acme:\n    base_url: http://user:${text}@host.example/v1\n`,
  text => `vendors:\n  acme:\n    base_url: http://host.example/v1?key=${text}\n`,
  text => `vendors:\n  bedrock:\n    secret_access_key: ${text}\n    session_token: ${text}\n`,
]

/** Pieces that only the secret has. */
function leaked(problems: string[]): string[] {
  return problems.filter(problem => /SECRET|CANARY/.test(problem))
}

test('no secret variable is ever quoted', () => {
  const names = [
    'CALLMISSED_ADMIN_KEY',
    'OPENAI_API_KEY',
    'GROQ_API_KEY',
    'DATABASE_URL',
    'MIGRATE_DATABASE_URL',
  ]
  fc.assert(
    fc.property(secret, text => {
      const problems = problemsOf(Object.fromEntries(names.map(name => [name, text])))
      expect(problems.length).toBeGreaterThan(0)
      expect(leaked(problems)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('no secret of the file is ever quoted, however it is written', () => {
  const written = fc.tuple(fc.constantFrom(...PLACES), secret, fc.boolean())
  fc.assert(
    fc.property(written, ([place, text, quoted]) => {
      expect(
        leaked(problemsOf({ PORT: 'bad' }, place(quoted ? JSON.stringify(text) : text.replace(/\n/g, ' ')))),
      ).toEqual([])
    }),
    { numRuns: 1000 },
  )
})

test('what a variable put into the file is never quoted, whatever field it stands in', () => {
  const fields = [
    'dialect: "${S}"',
    'base_url: "http://h.example/${S}?"',
    'on_disconnect: "${S}"',
    'transport: "${S}"',
    'timeouts: {connect: "${S}"}',
    'region: "${S}"',
    'headers: {x-a: "${S}\\n"}',
  ]
  fc.assert(
    fc.property(secret, text => {
      const vendors = fields.map((field, at) => `  v${at}: {${field}}\n`).join('')
      const models =
        'models:\n  m: {aliases: ["${S}", "${S}"], endpoints: ["${S}"], price: {input: "${S}"}, deployments: [{vendor: "${S}", model: m}]}\n  n: {aliases: ["${S}"], deployments: [{vendor: "nobody-${S}", model: m}]}\n'
      const problems = problemsOf({ S: text }, `vendors:\n${vendors}${models}`)
      expect(problems.length).toBeGreaterThan(5)
      expect(leaked(problems)).toEqual([])
      expect(
        leaked(
          problemsOf({ S: `secret-canary` }, models.replaceAll('\n  n', '\n  o')).map(p => p.toUpperCase()),
        ),
      ).toEqual([])
    }),
    { numRuns: 200 },
  )
})
