import { CliError } from './console'

/** An answer's whole text. Throws CliError where it broke off or did not come in time. */
export async function readText(response: Response): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    throw brokenOff(error)
  }
}

/** An answer's text, piece by piece as it comes. Throws CliError where it broke off: what came is not all. */
export async function* readPieces(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    for await (const bytes of body) yield decoder.decode(bytes, { stream: true })
  } catch (error) {
    throw brokenOff(error)
  }
}

function brokenOff(error: unknown): CliError {
  const isLate = (error as Error).name === 'TimeoutError'
  const what = isLate ? 'The answer did not end in time' : 'The answer broke off: what came is not all'
  return new CliError(what, { cause: error })
}
