import { expect, test } from 'bun:test'
import { parse, parseAllDocuments } from 'yaml'

const compose = parse(await Bun.file('deploy/docker-compose.yaml').text())
const [deployment, service] = parseAllDocuments(await Bun.file('deploy/kubernetes.yaml').text()).map(each =>
  each.toJS(),
)

test('compose runs the gateway without privileges and with a read-only root', () => {
  expect(compose.services.gateway).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  })
})

test('compose holds no secret of its own: each is required from outside', () => {
  const { gateway, postgres } = compose.services
  for (const value of [gateway.environment.CALLMISSED_ADMIN_KEY, postgres.environment.POSTGRES_PASSWORD])
    expect(value).toMatch(/^\$\{[A-Z_]+:\?.+\}$/)
  expect(gateway.environment.DATABASE_URL).toMatch(
    /^postgres:\/\/callmissed:\$\{POSTGRES_PASSWORD:\?.+\}@postgres:5432\/callmissed$/,
  )
})

test('compose and Kubernetes pin every image by tag', () => {
  const images = [compose.services.postgres.image, deployment.spec.template.spec.containers[0].image]
  for (const image of images) expect(image).toMatch(/:\d+\.\d+/)
})

test('both wait longer for open streams than the gateway gives them', () => {
  const grace = 30
  expect(Number.parseInt(compose.services.gateway.stop_grace_period, 10)).toBeGreaterThan(grace)
  expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(grace)
})

test('Kubernetes runs it without privileges and with a read-only root', () => {
  const { spec } = deployment.spec.template
  expect(spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
})

test('the service, the selectors and the allowed host are of one name', () => {
  const { name } = service.metadata
  expect(deployment.spec.selector.matchLabels).toEqual(service.spec.selector)
  expect(deployment.spec.template.spec.containers[0].env).toContainEqual({
    name: 'ALLOWED_HOSTS',
    value: name,
  })
})
