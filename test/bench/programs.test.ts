import { expect, test } from 'bun:test'
import { pinning } from '../../bench/cores.ts'
import { gatewayConfig } from '../../bench/gateway-config.ts'
import { nginxConfig } from '../../bench/nginx.ts'
import { missingTools } from '../../bench/tools.ts'

const NONE = { nginx: undefined, oha: undefined, taskset: undefined, initdb: undefined }

test('says how to get each tool that is missing', () => {
  const lines = missingTools(NONE)
  expect(lines).toHaveLength(4)
  expect(lines.join('\n')).toContain('cargo install oha --locked --version 1.16.0')
  expect(missingTools({ nginx: 'n', oha: 'o', taskset: 't', initdb: 'i' })).toEqual([])
})

test('pins the target to a core of its own, and nothing where that cannot be', () => {
  const tools = { ...NONE, taskset: 'taskset' }
  expect(pinning(tools, 2)).toEqual({ target: ['taskset', '-c', '0'], load: ['taskset', '-c', '1'] })
  expect(pinning(tools, 8).load).toEqual(['taskset', '-c', '1-7'])
  expect(pinning(tools, 1)).toEqual({ target: [], load: [] })
  expect(pinning(NONE, 8)).toEqual({ target: [], load: [] })
})

test('configures nginx as a plain proxy on loopback that holds no stream back', () => {
  const text = nginxConfig('/folder', 8001, new URL('http://127.0.0.1:9101/v1'))
  expect(text).toContain('listen 127.0.0.1:8001')
  expect(text).toContain('server 127.0.0.1:9101;')
  for (const line of [
    'proxy_http_version 1.1;',
    'proxy_buffering off;',
    'access_log off;',
    'keepalive 2048;',
  ])
    expect(text).toContain(line)
  expect(text.split('{').length).toBe(text.split('}').length)
})

test('has nginx prove who a vendor over TLS is, as the gateway does', () => {
  const files = { cert: '/folder/cert.pem', key: '/folder/key.pem' }
  const text = nginxConfig('/folder', 8001, new URL('https://localhost:9101/v1'), files)
  for (const line of [
    'proxy_pass https://vendor;',
    'proxy_pass https://vendor/v1/;',
    'proxy_ssl_verify on;',
    'proxy_ssl_name localhost;',
    'proxy_ssl_trusted_certificate /folder/cert.pem;',
  ])
    expect(text).toContain(line)
  expect(nginxConfig('/folder', 8001, new URL('http://127.0.0.1:9101/v1'))).not.toContain('ssl')
})

test('gives the gateway a priced model whose upstream name differs', () => {
  const config = Bun.YAML.parse(gatewayConfig('http://127.0.0.1:9101/v1', 'bench')) as {
    vendors: { mock: { dialect: string } }
    models: { bench: { deployments: { model: string }[]; price: { input: string } } }
  }
  expect(config.vendors.mock.dialect).toBe('openai')
  expect(config.models.bench.deployments[0]!.model).not.toBe('bench')
  expect(config.models.bench.price.input).toBe('2.50')
})
