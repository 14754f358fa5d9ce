// The mark of Vestibule: an open door with the light on.

/** The mark alone; decorative, the name stands beside it. */
export function BrandMark({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#17624e" />
      <path d="M8.5 25V15a7.5 7.5 0 0 1 15 0v10z" fill="#f6c667" />
      <path d="M8.5 25V15A7.5 7.5 0 0 1 16 7.5L17.5 10v17L8.5 25z" fill="#fff" />
      <circle cx="14.6" cy="18" r="1.2" fill="#17624e" />
      <path d="M6 25h20" stroke="#fff" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  );
}
