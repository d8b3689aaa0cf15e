import type { Segment } from './segment'

/** A request that was begun and whose end is not safe yet; whoever began it hands the ticket back with its end. */
export interface Ticket {
  /** Its dispatch stands here, and keeps the segment. */
  segment: Segment
  /** Among that segment's tickets. */
  place: number
  /** Its dispatch to an earlier vendor stands here, and keeps the segment until the kernel has the new one. */
  before: Segment | undefined
  placeBefore: number | undefined
  /** The kernel has its beginning. */
  isHandedOver: boolean
  /** The kernel has had a beginning of it: it may have gone to a vendor, and have cost something. */
  mayHaveLeft: boolean
  /** Kept as text, so that it can be written again when its segment fails or has to go. */
  dispatch: string
  checkpoint: string | undefined
  /** Its last checkpoint stands here. */
  noted: Segment
  /** Its beginning, which stands there, is being written again. */
  moving: Segment | undefined
  /** ending: its end is written and not known to be safe. */
  state: 'open' | 'ending' | 'ended'
}

/** The requests that a segment keeps a place for and that nobody is ending. */
export function opened(segment: Segment): Ticket[] {
  return [...new Set(segment.tickets)].filter(({ state }) => state === 'open')
}

/** A request that has just been begun in that segment. */
export function newTicket(dispatch: string, segment: Segment): Ticket {
  const ticket: Ticket = {
    segment,
    place: 0,
    before: undefined,
    placeBefore: undefined,
    isHandedOver: false,
    mayHaveLeft: false,
    dispatch,
    checkpoint: undefined,
    noted: segment,
    moving: undefined,
    state: 'open',
  }
  ticket.place = segment.tickets.add(ticket)
  return ticket
}

/** The same request, begun once more there: what was known of its first try counts no more, once that is handed over. */
export function beginAgain(ticket: Ticket, dispatch: string, segment: Segment): Ticket {
  ticket.dispatch = dispatch
  ticket.checkpoint = undefined
  ticket.noted = segment
  ticket.isHandedOver = false
  if (ticket.before) ticket.segment.tickets.delete(ticket, ticket.place)
  else {
    ticket.before = ticket.segment
    ticket.placeBefore = ticket.place
  }
  ticket.segment = segment
  ticket.place = segment.tickets.add(ticket)
  return ticket
}

/** Takes note that the kernel, which was given everything, has its beginning: earlier ones count no more. False if it has not. */
export function confirmHandOver(ticket: Ticket): boolean {
  const { state, segment, noted } = ticket
  // A segment that fails has what stands there written to another, which is noted.
  if (state !== 'open' || (segment.hasFailed && noted.hasFailed)) return false
  ticket.isHandedOver = true
  ticket.mayHaveLeft = true
  leaveBefore(ticket)
  return true
}

/** No segment is kept for it any more. */
export function forget(ticket: Ticket): void {
  ticket.segment.tickets.delete(ticket, ticket.place)
  leaveBefore(ticket)
}

function leaveBefore(ticket: Ticket): void {
  ticket.before?.tickets.delete(ticket, ticket.placeBefore)
  ticket.before = undefined
}

/** Has that segment keep the place of this request, and no other: its beginning is on the disk there. */
function moveTicket(ticket: Ticket, to: Segment): void {
  forget(ticket)
  ticket.isHandedOver = true
  ticket.segment = to
  ticket.place = to.tickets.add(ticket)
}

/** Has it keep the segment where it is written once more, as soon as that is safe, unless it has ended or gone elsewhere. */
export async function moveOnceSafe(ticket: Ticket, write: () => Promise<Segment>): Promise<void> {
  const { segment } = ticket
  ticket.moving = segment
  try {
    const target = await write()
    if (ticket.state !== 'ended' && ticket.segment === segment) moveTicket(ticket, target)
  } finally {
    if (ticket.moving === segment) ticket.moving = undefined
  }
}
