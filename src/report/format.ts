/** 0.7308 -> "73.1%" */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}%`;
}

/** Percentage points with a sign: 0.013 -> "+1.3". */
export function points(difference: number, digits = 1): string {
  return signed((100 * difference).toFixed(digits));
}

/** Makes "+0.0" of "-0.0", uses a true minus sign. */
export function signed(rounded: string): string {
  if (Number(rounded) === 0) return rounded.replace("-", "±").replace(/^(?!±)/, "±");
  return rounded.startsWith("-") ? rounded.replace("-", "−") : `+${rounded}`;
}

export function auc(value: number | null): string {
  return value === null ? "undefined" : value.toFixed(3);
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** 404.04 -> "404.0 s"; from ten minutes on also in hours and minutes. */
export function seconds(s: number): string {
  const plain = `${s.toFixed(1)} s`;
  if (s < 600) return plain;
  const minutes = Math.round(s / 60);
  return `${plain} (${minutes < 60 ? "" : `${Math.floor(minutes / 60)} h `}${minutes % 60} min)`;
}

/** "1 image", "2 images" */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** "a", "a and b", "a, b and c" */
export function listed(items: string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

/** Control characters and invisible direction marks written as escapes, so that a name cannot disguise itself. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
