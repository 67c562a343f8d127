// What this till keeps itself: the pack it was given, and the journal of what it did without a line.

const NAME = "trouw-till";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept");
      asked.result.createObjectStore("journal", { keyPath: "number" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function within(store, mode, deed) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const together = database.transaction(store, mode);
      const asked = deed(together.objectStore(store));
      together.oncomplete = () => resolve(asked ? asked.result : undefined);
      together.onabort = together.onerror = () => reject(together.error);
    });
  } finally {
    database.close();
  }
}

export const kept = (name) => within("kept", "readonly", (store) => store.get(name));
export const keep = (name, value) => within("kept", "readwrite", (store) => store.put(value, name));

const OF_A_PACK = 10_000; // entries; a pack is one device's, so its numbers are nobody else's

// Adds an entry under the next number of the pack, which is never given out twice; the entry.
export async function note(entry) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const together = database.transaction(["kept", "journal"], "readwrite", {
        durability: "strict",
      });
      const counter = together.objectStore("kept");
      let noted;
      const asked = counter.get("counted");
      asked.onsuccess = () => {
        const before = asked.result && asked.result.pack === entry.pack ? asked.result.entries : 0;
        noted = { ...entry, number: entry.pack * OF_A_PACK + before + 1 };
        counter.put({ pack: entry.pack, entries: before + 1 }, "counted");
        together.objectStore("journal").add(noted);
      };
      together.oncomplete = () => resolve(noted);
      together.onabort = together.onerror = () => reject(together.error);
    });
  } finally {
    database.close();
  }
}

export const waiting = () => within("journal", "readonly", (store) => store.getAll());
export const waits = () => within("journal", "readonly", (store) => store.count());
export const uploaded = (number) =>
  within("journal", "readwrite", (store) => store.delete(number));
