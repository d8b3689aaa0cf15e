const MAX_LENGTH = 1024
/** So much more than is kept that a secret that is cut off here is never near what is kept. */
const LOOKED_AT = 64 * MAX_LENGTH
/** A shorter credential is none: replacing it would only garble the text. */
const SHORTEST_SECRET = 4

/** What looks like a secret of ours in a vendor's text: keys in the shapes that vendors use, bearer values, account ids. */
const SECRETS = [
  /\bBearer\s+\S+/gi,
  /\b(?:sk|pk|rk|gsk|xai|key|org|proj|fw|hf|nvapi|csk|pplx|tgp)[-_][A-Za-z0-9*._-]{6,}/g,
  /\bAIza[A-Za-z0-9_*-]{10,}/g,
  /\bAKIA[A-Z0-9]{12,}/g,
  /(?<=[?&](?:key|api[-_]?key|token)=)[^&\s"']+/gi,
]

/** A vendor's own text, fit for a caller: secrets out, at most 1 KB. */
export function redact(text: string, credential: string): string {
  let clean = withoutSecret(text.slice(0, LOOKED_AT), credential)
  for (const secret of SECRETS) clean = clean.replace(secret, '[redacted]')
  return clean.slice(0, MAX_LENGTH)
}

/** The same for a name, such as a code: only our credential is taken out, since names look like keys. */
export function withoutSecret<T extends string | null>(name: T, credential: string): T {
  if (name === null || credential.length < SHORTEST_SECRET) return name
  return name.replaceAll(credential, '[redacted]').slice(0, LOOKED_AT) as T
}
