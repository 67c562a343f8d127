// The camera as a scanner: the browser's own reader of codes, or one for QR where there is none.

const FORMATS = ["qr_code", "ean_13", "code_128"];
const EVERY = 120; // milliseconds between two looks

export function hasCamera() {
  return Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
}

// Shows what the camera sees until a code is read; the text of that code, or "" when stopped.
export async function scan(video, stop) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment" },
  });
  try {
    video.srcObject = stream;
    await video.play();
    const read = await reader();
    while (!stop.aborted) {
      const text = await read(video);
      if (text) return text;
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
    return "";
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

async function reader() {
  if ("BarcodeDetector" in window) {
    const known = await BarcodeDetector.getSupportedFormats();
    const detector = new BarcodeDetector({ formats: FORMATS.filter((one) => known.includes(one)) });
    return async (video) => {
      const [found] = await detector.detect(video);
      return found ? found.rawValue : "";
    };
  }
  const { default: jsQR } = await import("../../vendor/jsqr.js");
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (!video.videoWidth) return "";
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    paper.drawImage(video, 0, 0);
    const { data, width, height } = paper.getImageData(0, 0, canvas.width, canvas.height);
    const found = jsQR(data, width, height);
    return found ? found.data : "";
  };
}
