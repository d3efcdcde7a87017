/** A stretch of memory kernels can reach. The buffer may be replaced by a longer one when it grows. */
export interface Region {
  readonly buffer: ArrayBufferLike;
  /** Where the region begins in its buffer. */
  readonly offset: number;
  /** Where the region begins for a kernel. */
  readonly address: number;
  readonly bytes: number;
}

/** Size of a region of memory; whether all regions are one memory that only grows, and up to how many bytes. */
export interface RegionRules {
  readonly regionBytes: number;
  readonly isShared: boolean;
  readonly most?: number;
}
