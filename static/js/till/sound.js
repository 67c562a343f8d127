// Done and refused, to be heard without looking: two notes up, one low one.

const NOTES = { done: [660, 880], refused: [196] };
const SECONDS = 0.14;

export function play(name) {
  const notes = NOTES[name];
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!notes || !Context) return;
  const audio = new Context();
  if (audio.state === "suspended") {
    audio.close(); // nobody has touched this page yet: browsers keep it silent
    return;
  }
  notes.forEach((hertz, place) => {
    const begin = audio.currentTime + place * SECONDS;
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.25, begin);
    loudness.gain.exponentialRampToValueAtTime(0.001, begin + SECONDS);
    tone.connect(loudness).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + SECONDS);
  });
  setTimeout(() => audio.close(), 1000 * SECONDS * (notes.length + 1));
}
