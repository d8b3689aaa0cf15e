/** CPU time that a number of requests took. */
export interface Taken {
  cpuUs: number
  requests: number
}

/**
 * CPU-microseconds a request of two sides that take turns, each first every other time. The share of a machine that others
 * leave changes from one second to the next: in many short turns it falls on both sides alike.
 */
export async function alternate<Side>(
  sides: readonly [Side, Side],
  turns: number,
  take: (side: Side) => Promise<Taken>,
): Promise<[number, number]> {
  const sums = new Map<Side, Taken>()
  for (let turn = 0; turn < turns; turn++) {
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      const { cpuUs, requests } = await take(side)
      const sum = sums.get(side) ?? { cpuUs: 0, requests: 0 }
      sums.set(side, { cpuUs: sum.cpuUs + cpuUs, requests: sum.requests + requests })
    }
  }
  const per = (side: Side) => {
    const { cpuUs, requests } = sums.get(side) ?? { cpuUs: 0, requests: 0 }
    return cpuUs / requests
  }
  return [per(sides[0]), per(sides[1])]
}
