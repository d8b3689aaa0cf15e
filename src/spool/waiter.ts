import type { Segment } from './segment'
import type { Ticket } from './ticket'

/** A record that two segments failed to take goes back to its owner. */
export const TRIES = 2

/** Somebody who wants to know when something is safe. */
export class Waiter {
  /** The segment must be synced up to here. */
  end = 0
  /** Segments that may still be tried. */
  tries = TRIES
  isAnswered = false
  /** The record, to be written again should the segment fail; undefined for one who waits for something else. */
  readonly payload: string | undefined
  /** What the record is made of, for the memory. */
  readonly value: unknown
  /** The request that ends with it. */
  readonly ticket: Ticket | undefined
  /** The request whose beginning is repeated, as it is known when it is written. */
  readonly copyOf: Ticket | undefined
  /** False: is told when the kernel has it, and synced later. */
  readonly needsDisk: boolean
  readonly resolve: (segment: Segment) => void
  readonly reject: (error: unknown) => void

  constructor(what: Pick<Waiter, 'resolve' | 'reject'> & Partial<Waiter>) {
    this.payload = what.payload
    this.value = what.value
    this.ticket = what.ticket
    this.copyOf = what.copyOf
    this.needsDisk = what.needsDisk ?? true
    this.resolve = what.resolve
    this.reject = what.reject
  }
}
