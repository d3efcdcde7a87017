import { CheckpointError } from "../../errors/errors.ts";
import { ChangedError, TransferError } from "./transfer-error.ts";

/** An answer that goes on behind `end`: where it was to end, or the most bytes of its kind. */
export function moreCame(place: string, end: number, most: number): CheckpointError {
  return new CheckpointError(
    end === most
      ? `${place}: more than ${most} bytes came, and the server does not say how many there are. Is this the right address?`
      : `${place}: more bytes came than the ${end} that were due. Try again, or download the folder.`,
  );
}

/** An answer that ends before its end. */
export function lessCame(place: string, position: number, end: number): TransferError {
  return new TransferError(
    `${place}: the answer ended after ${position} of ${end} bytes. Try again, or download the folder.`,
    { isPassing: true },
  );
}

/** Other bytes than those that came before. */
export function otherBytes(place: string): ChangedError {
  return new ChangedError(
    `${place}: it changed while it was read (its bytes are others, and the server names no version). Open it again`,
  );
}

/** A kept file with a damaged part, of which no other part can be known to belong to it. */
export function cannotBeMended(place: string): ChangedError {
  return new ChangedError(
    `${place}: what was kept of it is damaged, and the server names no version by which it could be mended. Open it again`,
  );
}

export function wasClosed(place: string): CheckpointError {
  return new CheckpointError(`${place}: the file was closed while it was read`);
}
