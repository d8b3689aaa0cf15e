/** Of the memory that a process may take, in percent: what is under way needs the rest, and above the whole the kernel kills it. */
export const MEMORY_SHARE_PERCENT = 85
