const MAX_LENGTH = 1024

/** What looks like a secret of ours in a vendor's text: keys in the shapes that vendors use, bearer values, account ids. */
const SECRETS = [
  /\bBearer\s+\S+/gi,
  /\b(?:sk|pk|rk|gsk|xai|key|org|proj|fw|hf|nvapi|csk|pplx|tgp)[-_][A-Za-z0-9*._-]{6,}/g,
  /\bAIza[A-Za-z0-9_*-]{10,}/g,
  /\bAKIA[A-Z0-9]{12,}/g,
  /([?&](?:key|api[-_]?key|token)=)[^&\s"']+/gi,
]

/** A vendor's own text, fit for a caller: secrets out, at most 1 KB. */
export function redact(text: string, credential: string): string {
  let clean = text.slice(0, 4 * MAX_LENGTH)
  if (credential.length >= 4) clean = clean.replaceAll(credential, '[redacted]')
  for (const secret of SECRETS) clean = clean.replace(secret, '[redacted]')
  return clean.slice(0, MAX_LENGTH)
}
