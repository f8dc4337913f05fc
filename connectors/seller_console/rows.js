// What a person reads in the rows of a product list, and the press of one row's button.
// `query`: the sheet's goods; `press`: null, or {number, words, expect}.
(rows, { query, press }) => {
  const squeezed = (text) => text.replace(/\s+/g, "").toLowerCase();
  const numberOf = (row) => {
    for (const { at, read } of query.numbers) {
      const place = row.querySelector(at);
      const digits = place && ((read === "value" ? place.value : place.textContent) || "").match(/\d+/);
      if (digits) return Number(digits[0]);
    }
    return null;
  };
  const buttonOf = (row) =>
    [...row.querySelectorAll(query.button)].find((b) => (b.textContent || "").includes(query.says)) || null;
  const isDisabled = (button) =>
    Boolean(button.disabled) ||
    button.getAttribute("aria-disabled") === "true" ||
    (query.disabled !== "" && (button.getAttribute("class") || "").includes(query.disabled));
  const isCopy = (row) => query.skip !== "" && row.id.endsWith(query.skip);
  if (press === null) {
    return rows.flatMap((row, place) => {
      if (isCopy(row)) return [];
      const button = buttonOf(row);
      return [{
        place,
        number: numberOf(row),
        text: row.innerText || "",
        button: button && (button.textContent || "").trim(),
        disabled: Boolean(button && isDisabled(button)),
      }];
    });
  }
  const row = rows.find(
    (row) =>
      !isCopy(row) &&
      (press.number === null || numberOf(row) === press.number) &&
      squeezed(row.innerText || "").includes(squeezed(press.words)),
  );
  const button = row && buttonOf(row);
  if (!button || isDisabled(button) || (button.textContent || "").trim() !== press.expect) return false;
  button.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, composed: true }));
  return true;
}
