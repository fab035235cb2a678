/** "1 file was", "3 files were": for messages. */
export const counted = (count: number, one: string, several: string): string => `${count} ${count === 1 ? one : several}`;
