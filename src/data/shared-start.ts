/** The longest common start of all lists. For paths: the folders that contain all of them. */
export function sharedStart(lists: readonly (readonly string[])[]): readonly string[] {
  let [shared = []] = lists;
  for (const list of lists) {
    const differs = shared.findIndex((item, i) => item !== list[i]);
    if (differs >= 0) shared = shared.slice(0, differs);
  }
  return shared;
}
