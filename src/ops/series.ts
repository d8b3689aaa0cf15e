/** Adds up; read when it is scraped. */
export interface Count {
  value: number
}

/** Counts values by the bounds that they do not exceed. */
export class Distribution {
  private readonly counts: number[]
  private sum = 0
  private readonly bounds: readonly number[]

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }

  lines(name: string, labels: string): string[] {
    let total = 0
    const buckets = this.counts.map((count, at) => {
      total += count
      return `${name}_bucket{le="${this.bounds[at] ?? '+Inf'}",${labels}} ${total}`
    })
    return [...buckets, `${name}_sum{${labels}} ${this.sum}`, `${name}_count{${labels}} ${total}`]
  }
}

export interface FamilyOptions<Cell> {
  name: string
  help: string
  type: 'counter' | 'histogram'
  labelNames: readonly string[]
  make: () => Cell
  /** One sample or several of a cell, in Prometheus' text format. */
  lines: (cell: Cell, name: string, labels: string) => string[]
}

/**
 * One metric: its samples by their labels, in plain numbers. A cell is asked for once and kept by who counts with it,
 * since finding one takes longer than counting: prom-client does so at every count.
 */
class Family<Cell> {
  private readonly cells = new Map<string, Cell>()
  private readonly options: FamilyOptions<Cell>

  constructor(options: FamilyOptions<Cell>) {
    this.options = options
  }

  /** The cell of these label values, in the order of their names. */
  cell(...values: readonly string[]): Cell {
    const labels = this.options.labelNames.map((name, at) => `${name}="${escaped(values[at] ?? '')}"`).join()
    let cell = this.cells.get(labels)
    if (cell === undefined) {
      cell = this.options.make()
      this.cells.set(labels, cell)
    }
    return cell
  }

  /** In Prometheus' text format. */
  text(): string {
    const { name, help, type, lines } = this.options
    const samples = [...this.cells].flatMap(([labels, cell]) => lines(cell, name, labels))
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples].join('\n')
  }
}

/** A family of numbers that only grow, one for each combination of labels. */
export function counter(name: string, help: string, labelNames: readonly string[]): Family<Count> {
  return new Family<Count>({
    name,
    help,
    type: 'counter',
    labelNames,
    make: () => ({ value: 0 }),
    lines: ({ value }, name, labels) => [labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`],
  })
}

/** At least one label, or its lines would be malformed. */
export function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  labelNames: readonly [string, ...string[]],
): Family<Distribution> {
  return new Family({
    name,
    help,
    type: 'histogram',
    labelNames,
    make: () => new Distribution(bounds),
    lines: (cell, name, labels) => cell.lines(name, labels),
  })
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
