/** A request's shape, never its content: what the audit log may keep. */
export interface Shape {
  messages: number
  tools: number
  images: number
  audio: number
  requestBytes: number
  maxTokens: number | null
  temperature: number | null
}

/** The shape of a request of which nothing but its size is known yet. */
export function emptyShape(requestBytes: number): Shape {
  return { messages: 0, tools: 0, images: 0, audio: 0, requestBytes, maxTokens: null, temperature: null }
}
