/** A text that was percent-encoded, as it was; undefined where it cannot have been. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
