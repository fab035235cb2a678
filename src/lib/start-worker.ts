/** Starts a Web Worker from its code through a Blob URL, so that bundlers need not handle a worker file. */
export function startWorker(code: string): Worker {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } finally {
    // The worker may fetch the URL after its constructor returns.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/** The message of a worker's error event. An event without a message means that the worker could not start. */
export const workerError = ({ message }: ErrorEvent): Error =>
  new Error(message || "The worker cannot start: the page's Content-Security-Policy must allow worker-src blob:.");
