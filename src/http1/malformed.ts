/** What came cannot be read as HTTP/1.1 in one way only. The message says which rule it broke, and quotes nothing. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}
