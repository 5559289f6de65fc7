import { messageOf } from '../../lib/message-of.ts';

/** A failed file operation as a reason for the counters and as words for a person. */
export interface DiskError {
  readonly reason: string;
  readonly detail: string;
  readonly remedy?: string;
}

const KNOWN: Readonly<Record<string, { reason: string; words: string; remedy: string }>> = {
  ENOSPC: {
    reason: 'disk_full',
    words: 'the disk is full',
    remedy: 'free space, or limit the file with rotation',
  },
  EDQUOT: {
    reason: 'quota_exceeded',
    words: 'the disk quota is used up',
    remedy: 'free space or raise the quota',
  },
  EFBIG: {
    reason: 'file_too_large',
    words: 'the file has reached the size limit of the process or file system',
    remedy: 'use rotation with a smaller max_size',
  },
  EACCES: {
    reason: 'permission_denied',
    words: 'permission denied',
    remedy: 'give this user write access, or choose another path',
  },
  EPERM: {
    reason: 'permission_denied',
    words: 'not permitted',
    remedy: 'give this user write access, or choose another path',
  },
  EROFS: { reason: 'read_only', words: 'the file system is read-only', remedy: 'choose another path' },
  EISDIR: { reason: 'is_directory', words: 'it is a directory', remedy: 'write the name of a file in path' },
  ENOTDIR: {
    reason: 'not_a_directory',
    words: 'a part of the path is a file',
    remedy: 'correct path',
  },
  ENOENT: {
    reason: 'no_directory',
    words: 'the directory does not exist',
    remedy: 'create it, or set create_directory: true',
  },
  EMFILE: { reason: 'too_many_files', words: 'too many open files', remedy: 'raise the limit (ulimit -n)' },
  EIO: { reason: 'io_error', words: 'the disk reports an error', remedy: 'look at the kernel log (dmesg)' },
};

export function diskErrorOf(action: string, path: string, error: unknown): DiskError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const known = KNOWN[code];
  if (known)
    return { reason: known.reason, detail: `cannot ${action} ${path}: ${known.words}`, remedy: known.remedy };
  return { reason: code.toLowerCase(), detail: `cannot ${action} ${path}: ${messageOf(error)}` };
}
