/** Figures that every worker tells alike, or of which only one makes sense: not added up. */
const LARGEST = new Set([
  'callmissed_keys',
  'callmissed_deployments_cooling',
  'callmissed_usage_oldest_seconds',
])
const SMALLEST = new Set(['process_start_time_seconds', 'callmissed_spool_room_bytes'])

/** One metric: its help and type, and its samples by name and labels. */
interface Family {
  comments: Set<string>
  samples: Map<string, number>
}

/** One text in Prometheus' format of several processes': samples of the same name and labels are added up. */
export function sumMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>()
  for (const text of texts) addText(families, text)
  const lines = [...families.values()].flatMap(({ comments, samples }) => [
    ...comments,
    ...[...samples].map(([sample, value]) => `${sample} ${value}`),
  ])
  return `${lines.join('\n')}\n`
}

function addText(families: Map<string, Family>, text: string): void {
  let name = ''
  for (const line of text.split('\n')) {
    if (line === '') continue
    const isComment = line.startsWith('#')
    if (isComment) name = line.split(' ', 3)[2] ?? ''
    const family = families.get(name) ?? { comments: new Set(), samples: new Map() }
    families.set(name, family)
    if (isComment) family.comments.add(line)
    else addSample(family.samples, line)
  }
}

/** `name{labels} value`; a label's value may hold spaces, the figure after the last one does not. */
function addSample(samples: Map<string, number>, line: string): void {
  const at = line.lastIndexOf(' ')
  const sample = line.slice(0, at)
  const value = Number(line.slice(at + 1))
  const before = samples.get(sample)
  samples.set(sample, before === undefined ? value : joined(sample, before, value))
}

function joined(sample: string, before: number, value: number): number {
  const name = sample.split('{', 1)[0] ?? sample
  if (LARGEST.has(name)) return Math.max(before, value)
  return SMALLEST.has(name) ? Math.min(before, value) : before + value
}
