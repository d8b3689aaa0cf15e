import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Site, startSite } from './start-site'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(path =>
  existsSync(path),
)

/** Where to leave pictures for a person to look at; none are taken without it. */
const screenshots = process.env.CALLMISSED_TEST_SCREENSHOTS

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.stop())

test('the page may load and call this gateway alone, and sits in no frame (T95)', async () => {
  const { status, headers } = await fetch(`${site.url}/docs`)
  expect(status).toBe(200)
  const policy = headers.get('content-security-policy') ?? ''
  for (const part of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"])
    expect(policy).toContain(part)
  expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
})

test('what stands in the page’s head is whole: no text of ours breaks out of an attribute', async () => {
  const html = await (await fetch(`${site.url}/docs`)).text()
  const head = html.slice(0, html.indexOf('</head>'))
  expect(head).not.toContain('"error"')
  for (const [, attributes = ''] of head.matchAll(/<(?:meta|link)\b([^>]*)>/g))
    expect(attributes.trim()).toMatch(/^(?:[\w-]+="[^"]*"\s*)+\/?$/)
})

test('the viewer comes from the package, and is not sent twice', async () => {
  const first = await fetch(`${site.url}/docs/scalar.js`)
  expect(first.headers.get('content-type')).toStartWith('text/javascript')
  expect(first.headers.get('cache-control')).toContain('max-age=')
  expect((await first.text()).length).toBeGreaterThan(1_000_000)
  const again = await fetch(`${site.url}/docs/scalar.js`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  })
  expect(again.status).toBe(304)
})

describe.skipIf(!CHROMIUM)('in a browser', () => {
  let browser: Browser
  let page: Page
  const foreign: string[] = []
  const complaints: string[] = []
  const shoot = async (name: string) => {
    if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) })
  }

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] })
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    await page.route('**/*', route => {
      const url = route.request().url()
      if (url.startsWith(`${site.url}/`) || /^(?:data|blob):/.test(url)) return route.continue()
      foreign.push(url)
      return route.abort()
    })
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(String(error)))
  }, 60_000)
  afterAll(() => browser?.close())

  test('"try it" sends a request with the key and shows the answer; no other host is asked', async () => {
    const tenant = (await site.management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
    const { key } = (await site.management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k' })).json
    await page.goto(`${site.url}/docs`)
    await page.getByRole('heading', { name: 'CallMissed' }).first().waitFor()
    await shoot('docs')

    await page.getByRole('link', { name: 'Create a chat completion' }).first().click()
    const chat = page.locator('[id$="tag/inference/POST/v1/chat/completions"]').first()
    // What matters first is shown first, without a further click.
    await chat.getByText('The answer comes as it is made').waitFor()
    await shoot('chat')

    await page.getByPlaceholder('Token').first().fill(key)
    await page.getByRole('button', { name: 'Catalog' }).first().click()
    await page.getByRole('link', { name: 'List the catalog' }).first().click()
    const answered = page.waitForResponse(response => response.url().startsWith(`${site.url}/api/v1/models`))
    await page.getByRole('button', { name: 'Test Request (get /api/v1/models)', exact: true }).click()
    await page.getByRole('button', { name: /^send/i }).first().click()
    const response = await answered
    expect(response.status()).toBe(200)
    expect(new URL(response.url()).search).not.toContain('endpoint=')
    await page.getByText('"m-alias"').first().waitFor()
    await shoot('answer')

    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  }, 60_000)

  test('the sample of a route with a path and a body has an id where it is wanted', async () => {
    await page.goto(`${site.url}/docs#tag/management/PATCH/api/v1/keys/{id}`)
    const sample = page.locator('pre', { hasText: '--request PATCH' }).filter({ hasText: '/api/v1/keys/' })
    await sample.first().waitFor()
    expect(await sample.first().textContent()).toMatch(/\/api\/v1\/keys\/[0-9a-f-]{36}/)
    expect(complaints).toEqual([])
  }, 60_000)

  test('a script that is slipped into the page does not run', async () => {
    await page.goto(`${site.url}/docs`)
    const ran = await page.evaluate(`(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.injected = true'
      document.body.append(script)
      return 'injected' in globalThis
    })()`)
    expect(ran).toBe(false)
  }, 60_000)
})
