/** One instruction of a Dockerfile: its word in capitals, its flags, and the rest as it is written. */
export interface Instruction {
  word: string
  flags: Record<string, string>
  rest: string
}

/** From one FROM to the next. */
export interface Stage {
  base: string
  /** As other stages name it. */
  name: string
  instructions: Instruction[]
}

/** Reads the stages of a Dockerfile: comments dropped, continued lines joined. Heredocs are not known. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = []
  const lines = text
    .split('\n')
    .filter(line => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
  for (const line of lines
    .split('\n')
    .map(each => each.trim())
    .filter(Boolean)) {
    const instruction = parseInstruction(line)
    if (instruction.word === 'FROM') {
      const [base = '', , name = String(stages.length)] = instruction.rest.split(/\s+/)
      stages.push({ base, name, instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

function parseInstruction(line: string): Instruction {
  const [word = ''] = line.split(/\s+/, 1)
  let rest = line.slice(word.length).trim()
  const flags: Record<string, string> = {}
  for (let match = /^--([a-z-]+)=(\S+)\s+/.exec(rest); match; match = /^--([a-z-]+)=(\S+)\s+/.exec(rest)) {
    flags[match[1]!] = match[2]!
    rest = rest.slice(match[0].length)
  }
  return { word: word.toUpperCase(), flags, rest }
}

/** The words of an exec form (`["bun", "x"]`), or of a shell form as `sh -c`. */
export function commandWords(text: string): string[] {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : ['sh', '-c', text]
}

/** `ENV A=1 B=two` as pairs; values with blanks are not known. */
export function envPairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(/\s+/).map(pair => [pair.split('=', 1)[0]!, pair.slice(pair.indexOf('=') + 1)]),
  )
}

/** The instructions of one word, in order. */
export function of(stage: Stage, word: string): Instruction[] {
  return stage.instructions.filter(instruction => instruction.word === word)
}
