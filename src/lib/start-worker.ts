/** Starts a Web Worker from its code by a Blob URL, so that no bundler has to handle a worker's file. */
export function startWorker(code: string): Worker {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } finally {
    // The worker may fetch the URL after its constructor has returned.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/** What a worker's error event says; an event without a message means that the worker could not start. */
export const workerError = ({ message }: ErrorEvent): Error =>
  new Error(message || "The worker cannot start: the page's Content-Security-Policy must allow worker-src blob:.");
