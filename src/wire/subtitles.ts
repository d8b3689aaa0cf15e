/** A stretch of a recording and what is said in it; times in seconds. */
export interface Segment {
  start: number
  end: number
  text: string
}

/** SubRip. */
export function srt(segments: readonly Segment[]): string {
  return segments
    .map(({ start, end, text }, index) => {
      const times = `${timeText(start, ',')} --> ${timeText(end, ',')}`
      // An arrow in a text would be read as the next cue's times.
      return `${index + 1}\n${times}\n${text.trim().replaceAll('-->', '->')}\n\n`
    })
    .join('')
}

/** WebVTT. */
export function vtt(segments: readonly Segment[]): string {
  const cues = segments.map(
    ({ start, end, text }) =>
      `${timeText(start, '.')} --> ${timeText(end, '.')}\n${text.trim().replaceAll('-->', '->')}\n\n`,
  )
  return `WEBVTT\n\n${cues.join('')}`
}

function timeText(seconds: number, point: string): string {
  const ms = Math.max(0, Math.round(seconds * 1000))
  const part = (length: number, value: number) => String(Math.floor(value)).padStart(length, '0')
  return `${part(2, ms / 3_600_000)}:${part(2, (ms / 60_000) % 60)}:${part(2, (ms / 1000) % 60)}${point}${part(3, ms % 1000)}`
}
