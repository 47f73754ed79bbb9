// Things made in the browser, saved as files.

export function saveBlob(blob: Blob, fileName: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName.replace(/[^\w.-]+/g, '_');
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What a canvas shows, on the page's own ground. */
export function savePicture(canvas: HTMLCanvasElement | null, name: string) {
  if (!canvas) return;
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const c = copy.getContext('2d')!;
  c.fillStyle = getComputedStyle(document.body).getPropertyValue('--panel');
  c.fillRect(0, 0, copy.width, copy.height);
  c.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => blob && saveBlob(blob, `${name}.png`));
}
