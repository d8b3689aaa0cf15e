import type { Segment } from './segment'
import type { Ticket } from './ticket'

/** Somebody who wants to know when a frame is safe. */
export interface Waiter {
  /** What to write again should the segment fail; empty for one who only waits for what is there. */
  frame: Uint8Array
  /** The segment must be synced up to here. */
  end: number
  /** The request that ends with it. */
  ticket: Ticket | undefined
  /** The request whose beginning the frame repeats, as it is known when the frame is written. */
  copyOf: Ticket | undefined
  /** Segments that may still be tried. */
  tries: number
  /** False: is told when the kernel has it, and synced later. */
  needsDisk: boolean
  isAnswered: boolean
  resolve: (segment: Segment) => void
  reject: (error: unknown) => void
}
