/** The sources with their dates, and the notice that their licence asks to be kept with what is taken from them. */
export const LICENCES = `The data in \`models.json\` are facts (names, prices, limits, capabilities) taken from three open catalogs. The names of the columns and the choices between them are ours; no text of theirs is copied.

| Source | As of | What is taken from it | Licence |
| --- | --- | --- | --- |
| models.dev (\`api.json\`, repository anomalyco/models.dev) | 2026-09-30 | kinds, limits, capabilities, deprecation, prices | MIT, © 2025 models.dev |
| pi-ai (\`@earendil-works/pi-ai\` 1.5.2) | 2026-11-10 | token prices and tiers of chat models | MIT, © 2025 Mario Zechner |
| genai-prices (\`@pydantic/genai-prices\` 0.1.8) | 2026-09-23 | speech, picture and one-hour cache prices, other names of models | MIT, © Pydantic Services Inc. 2025 to present |

"vendors.md" below is the project's reference on vendors; its §10 names prices that no source here holds (most of them LiteLLM's of 2026-07-24, MIT).

## Licence notice of the three

Copyright (c) 2025 models.dev
Copyright (c) 2025 Mario Zechner
Copyright (c) Pydantic Services Inc. 2025 to present

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
