/** Asks in words for an answer in JSON, where a vendor has no mode for it. */
export const JSON_INSTRUCTION =
  'Answer with one JSON object and nothing else: no words around it, no code fence. It begins with { and ends with }.'
