/** What a custom tool takes, any text, where there are function tools alone: the one member of an object. */
export const ANY_TEXT = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] }

/** The same where a schema is held to the letter. */
export const ANY_TEXT_ALONE = { ...ANY_TEXT, additionalProperties: false }
