import type { Test } from "uvu";

/** `test.before`, whose failure is printed: uvu keeps it to itself, and counts the file's tests as failed without a word. */
export function beforeAll<T>(test: Test<T>, work: () => Promise<void>): void {
  test.before(async () => {
    try {
      await work();
    } catch (error) {
      console.error(error);
      throw error;
    }
  });
}
