/**
 * How a capture's chunks are named: the bytes of a file by the file's path, and a chunk without bytes says that the
 * file is over. This name says that the whole capture is.
 */
export const CAPTURE_END = '';
