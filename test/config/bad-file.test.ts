// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the file's references are written like this
import { expect, test } from 'bun:test'
import { problemsOf } from './read'

const vendor = (fields: string) =>
  `vendors:\n  acme: {dialect: openai, base_url: "http://a.example/v1", ${fields}}\n`
const model = (fields: string) =>
  `${vendor('api_key: k')}models:\n  m: {deployments: [{vendor: acme, model: m}], ${fields}}\n`

/** Each file has exactly one thing wrong; the problem holds every one of these words. */
const BAD: [name: string, yaml: string, says: string[]][] = [
  ['a tab', 'vendors:\n\tacme: {}\n', ['callmissed.yaml line 2', 'tab']],
  ['an unclosed bracket', 'models: {a: [1, 2\n', ['callmissed.yaml line 2']],
  [
    'the same key twice',
    'vendors: {}\nmodels: {}\nvendors: {}\n',
    ['callmissed.yaml line 3', 'the same key twice'],
  ],
  ['two documents', 'vendors: {}\n---\nmodels: {}\n', ['second document']],
  ['an alias without anchor', 'vendors: *none\n', ['alias']],
  ['a list at the top', '- a\n', ['callmissed.yaml', 'a mapping']],
  ['a text at the top', 'hello\n', ['callmissed.yaml', 'a mapping']],
  ['an unknown section', 'vendor: {}\n', ['line 1, vendor:', 'unknown field', 'did you mean "vendors"?']],
  [
    'an unknown field',
    vendor('apikey: x'),
    ['vendors.acme.apikey', 'unknown field', 'did you mean "api_key"?'],
  ],
  [
    'a camel-cased field',
    vendor('timeouts: {firstEvent: 3}'),
    ['vendors.acme.timeouts.firstEvent', 'first_event'],
  ],
  ['a far-off field', vendor('zzz: x'), ['vendors.acme.zzz', 'dialect, base_url, api_key']],
  ['no dialect', 'vendors:\n  acme: {base_url: "http://a.example"}\n', ['vendors.acme.dialect', 'required']],
  [
    'a misspelt dialect',
    'vendors:\n  acme: {dialect: opnai, base_url: "http://a"}\n',
    ['"opnai"', 'did you mean "openai"?'],
  ],
  ['no base_url', 'vendors:\n  acme: {dialect: openai}\n', ['vendors.acme.base_url', 'required']],
  [
    'a base_url without scheme',
    'vendors:\n  acme: {dialect: openai, base_url: a.example}\n',
    ['base_url', 'no http(s) URL'],
  ],
  [
    'a base_url of a file',
    'vendors:\n  acme: {dialect: openai, base_url: "file:///etc/passwd"}\n',
    ['base_url', 'http'],
  ],
  [
    'credentials in base_url',
    'vendors:\n  acme: {dialect: openai, base_url: "http://u:p@a.example"}\n',
    ['credentials'],
  ],
  [
    'a query in base_url',
    'vendors:\n  acme: {dialect: openai, base_url: "http://a.example?key=1"}\n',
    ['a query'],
  ],
  ['a bad vendor name', 'vendors:\n  Acme/1: {}\n', ['vendors.Acme/1', 'names of the form']],
  [
    'the demo vendor’s name',
    'vendors:\n  demo: {dialect: openai, base_url: "http://a"}\n',
    ['vendors.demo', 'demo'],
  ],
  ['a number as key', vendor('api_key: 12345'), ['api_key', 'a number', 'write it in quotes']],
  ['an empty key', vendor('api_key: ""'), ['api_key', 'an empty text']],
  ['a key with blanks', vendor('api_key: "a b"'), ['api_key', 'blanks']],
  ['a missing variable', vendor('api_key: "${NOT_SET}"'), ['api_key', '${NOT_SET}, which is not set']],
  ['a missing variable in a header', vendor('headers: {x-a: "a${NOT_SET}b"}'), ['headers.x-a', 'NOT_SET']],
  [
    'a reference without a name',
    vendor('api_key: "${}"'),
    ['api_key', 'no variable’s name'.replace('’', "'")],
  ],
  [
    'a built-in vendor without key',
    'vendors:\n  groq: {timeouts: {connect: 1}}\n',
    ['vendors.groq.api_key', 'GROQ_API_KEY'],
  ],
  [
    'an unknown on_disconnect',
    vendor('on_disconnect: abrot'),
    ['on_disconnect', 'abort, drain', 'did you mean "abort"?'],
  ],
  ['a timeout of zero', vendor('timeouts: {connect: 0}'), ['timeouts.connect', 'found 0', 'above 0']],
  [
    'a timeout as text',
    vendor('timeouts: {connect: "5s"}'),
    ['timeouts.connect', '"5s"', 'a number above 0'],
  ],
  ['an endless timeout', vendor('timeouts: {total: .inf}'), ['timeouts.total', 'a number']],
  [
    'a header of the connection',
    vendor('headers: {Connection: close}'),
    ['headers.Connection', 'sets itself'],
  ],
  [
    'an authorization header',
    vendor('headers: {authorization: Bearer x}'),
    ['headers.authorization', 'sets itself'],
  ],
  ['a host header', vendor('headers: {host: a}'), ['headers.host', 'sets itself']],
  ['a header over two lines', vendor('headers: {x-a: "a\\r\\nb: c"}'), ['headers.x-a', 'control character']],
  ['a header twice', vendor('headers: {x-a: a, X-A: b}'), ['headers.X-A', 'the same header twice']],
  ['a header’s bad name', vendor('headers: {"x a": a}'), ['headers.x a', 'names of the form']],
  ['an unknown transport', vendor('transport: quic'), ['transport', 'auto, fetch']],
  ['another dialect’s field', vendor('region: us-east-1'), ['vendors.acme.region', 'bedrock']],
  [
    'a region that is no name',
    'vendors:\n  bedrock: {region: "evil.example/", api_key: k}\n',
    ['vendors.bedrock.region', 'form'],
  ],
  [
    'an account without its region',
    'vendors:\n  bedrock: {access_key_id: a, secret_access_key: b}\n',
    ['vendors.bedrock.region', 'required'],
  ],
  [
    'a new model without deployments',
    'models:\n  mine: {context_window: 5}\n',
    ['models.mine.deployments', 'required'],
  ],
  [
    'an empty list of deployments',
    'models:\n  mine: {deployments: []}\n',
    ['models.mine.deployments', 'at least 1'],
  ],
  [
    'a deployment’s unknown vendor',
    'models:\n  mine: {deployments: [{vendor: opena, model: m}]}\n',
    ['models.mine.deployments[0].vendor', '"opena"', 'did you mean "openai"?'],
  ],
  [
    'a deployment without model',
    'models:\n  mine: {deployments: [{vendor: openai}]}\n',
    ['deployments[0].model', 'required'],
  ],
  [
    'a price as a number',
    model('price: {input: 2.50}'),
    ['models.m.price.input', 'found 2.5', 'write it in quotes'],
  ],
  [
    'a price with an exponent',
    model('price: {input: "1e-7"}'),
    ['models.m.price.input', '"1e-7"', 'decimal'],
  ],
  ['a negative price', model('price: {input: "-1"}'), ['models.m.price.input', 'decimal']],
  ['a price too fine', model('price: {input: "0.0000000000001"}'), ['models.m.price.input', '12 decimals']],
  ['an unknown meter', model('price: {imput: "1"}'), ['models.m.price.imput', 'did you mean "input"?']],
  ['an empty price', model('price: {}'), ['models.m.price', 'at least one of']],
  ['a chat without a price for its output', model('price: {input: "1"}'), ['models.m.price.output', '"0"']],
  ['a chat without a price for its input', model('price: {output: "1"}'), ['models.m.price.input', '"0"']],
  [
    'tiers out of order',
    model(
      'price: {input: "1", tiers: [{from_input_tokens: 9, input: "2"}, {from_input_tokens: 5, input: "3"}]}',
    ),
    ['models.m.price.tiers[1].from_input_tokens'],
  ],
  ['an unknown endpoint', model('endpoints: [chat]'), ['models.m.endpoints[0]', 'chat.completions']],
  [
    'an unknown capability',
    model('capabilities: {tool: true}'),
    ['capabilities.tool', 'did you mean "tools"?'],
  ],
  ['a capability as text', model('capabilities: {tools: "yes"}'), ['capabilities.tools', 'true or false']],
  ['a context of half a token', model('context_window: 0.5'), ['context_window', 'a whole number']],
  ['an alias that is an id', `${model('aliases: [gpt-5.5]')}`, ['models.m.aliases[0]', 'an id wins']],
  ['an alias twice', model('aliases: [a, a]'), ['models.m.aliases', 'every entry once']],
  [
    'an alias of two models',
    `${model('aliases: [same]')}  n: {aliases: [same], deployments: [{vendor: acme, model: n}]}\n`,
    ['models.n.aliases[0]', 'm does not have'],
  ],
  ['an alias with a blank', model('aliases: ["a b"]'), ['models.m.aliases[0]', 'form']],
  [
    'a prototype as model',
    `models:\n  __proto__: {deployments: [{vendor: openai, model: m}]}\n`,
    ['models.__proto__', 'form'],
  ],
]

for (const [name, yaml, says] of BAD) {
  test(`${name} is one problem that says where, what and what is allowed`, () => {
    const problems = problemsOf({}, yaml)
    expect(problems).toHaveLength(1)
    for (const words of says) expect(problems[0]).toContain(words)
    expect(problems[0]).toMatch(/: found .+; allowed: ./s)
  })
}

test('problems of variables and of the file come together, each with its line', () => {
  const yaml = `vendors:
  acme:
    dialect: opnai
    base_url: nowhere
    timeouts: { connect: -1 }
    headers: { host: a }
  Bad Name: {}
models:
  m:
    price: { input: 1, tiers: [{ from_input_tokens: 9, input: "1" }, { from_input_tokens: 3, input: "1" }] }
    context: 5
    deployments: [{ vendor: 5, model: x }, { vendor: nobody, model: x }, { vendor: acme, model: x }]
`
  const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'y', CALLMISSED_ADMIN_KEY: '' }, yaml)
  const places = problems.map(problem =>
    (problem.split(': found ')[0] ?? '').replace('callmissed.yaml line ', ''),
  )
  expect(places.sort()).toEqual([
    '10, models.m.price.input',
    '10, models.m.price.tiers[1].from_input_tokens',
    '11, models.m.context',
    '12, models.m.deployments[0].vendor',
    '12, models.m.deployments[1].vendor',
    '3, vendors.acme.dialect',
    '4, vendors.acme.base_url',
    '5, vendors.acme.timeouts.connect',
    '6, vendors.acme.headers.host',
    '7, vendors.Bad Name',
    'CALLMISSED_ADMIN_KEY',
    'LOG_LEVEL',
    'PORT',
  ])
})

test('an account that is wrong throughout makes no second problem of the models that use it', () => {
  const problems = problemsOf(
    {},
    'vendors: {acme: 5}\nmodels: {m: {deployments: [{vendor: acme, model: x}]}}\n',
  )
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain('vendors.acme: found a number; allowed: a mapping')
})

test.each(['&a [*a]', 'vendors: &a {b: *a}', 'vendors: {acme: &a {headers: {x: *a}}}'])(
  'an alias within its own anchor is refused: %s',
  text => {
    const [problem] = problemsOf({}, text)
    expect(problem).toContain('aliases within aliases')
  },
)

test('a bomb of aliases is refused, not expanded', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(10).fill(`*l${at}`).join(', ')}]`,
  )
  const problems = problemsOf({}, `l0: &l0 [x]\n${levels.join('\n')}\n`)
  expect(problems[0]).toContain('aliases')
})
