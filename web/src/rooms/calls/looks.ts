// What outcomes, states and moods look like.
import {
  IconAlertTriangle, IconBan, IconCalendarCheck, IconCheck, IconCircleDot, IconMessage2, IconMoodNeutral, IconMoodSad, IconMoodSmile,
  IconPhoneCalling, IconPhoneIncoming, IconPhoneOff, IconPhoneX, IconRecordMail, IconTransfer,
} from "@tabler/icons-react";
import type { Look } from "@/ui/Pill";

const unknown: Look = { tone: "quiet", icon: IconCircleDot };

const outcomes: Record<string, Look> = {
  BOOKED: { tone: "good", icon: IconCalendarCheck },
  MESSAGE_TAKEN: { tone: "info", icon: IconMessage2 },
  TRANSFERRED: { tone: "special", icon: IconTransfer },
  ANSWERED: { tone: "good", icon: IconCheck },
  MISSED: { tone: "warn", icon: IconPhoneX },
  VOICEMAIL: { tone: "info", icon: IconRecordMail },
  SPAM: { tone: "quiet", icon: IconBan },
  ABANDONED: { tone: "warn", icon: IconPhoneOff },
  FAILED: { tone: "bad", icon: IconAlertTriangle },
  OTHER: unknown,
};

const statuses: Record<string, Look> = {
  RINGING: { tone: "special", icon: IconPhoneIncoming },
  IN_PROGRESS: { tone: "special", icon: IconPhoneCalling },
  COMPLETED: { tone: "quiet", icon: IconCheck },
  NO_ANSWER: { tone: "warn", icon: IconPhoneX },
  BUSY: { tone: "warn", icon: IconPhoneX },
  CANCELED: { tone: "quiet", icon: IconPhoneOff },
  FAILED: { tone: "bad", icon: IconAlertTriangle },
};

const moods: Record<string, Look> = {
  POSITIVE: { tone: "good", icon: IconMoodSmile },
  NEUTRAL: { tone: "quiet", icon: IconMoodNeutral },
  NEGATIVE: { tone: "bad", icon: IconMoodSad },
};

export const outcomeNames = Object.keys(outcomes);
export const statusNames = Object.keys(statuses);
export const intentNames = [
  "booking", "reschedule", "cancel", "question", "quote", "emergency", "message", "complaint", "sales", "other",
];

export const outcomeLook = (outcome: string): Look => outcomes[outcome] ?? unknown;
export const statusLook = (status: string): Look => statuses[status] ?? unknown;
export const moodLook = (mood: string): Look => moods[mood] ?? unknown;
