/**
 * How a capture's chunks are named: the bytes of a file by the file's path, and a chunk without bytes says that the
 * file is over. This name says that the whole capture is.
 */
export const CAPTURE_END = '';

/**
 * Nothing more is to be read, and so many connections as `CONNECTIONS_PER_ENDING` end now: a capture may leave a million
 * open, whose events are more than whoever prints them takes at once. No file can have this name.
 */
export const CAPTURE_ENDING = '\0';
export const CONNECTIONS_PER_ENDING = 1024;
