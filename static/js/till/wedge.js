// A scanner types: whatever is typed next to a field goes into the one for scanning.

export function listenForScanner(field) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, select, textarea, button, a, summary");
    if (isTyping || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    field.focus();
  });
}
