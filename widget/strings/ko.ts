import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: '닫기',
  newChat: '새 채팅',
  history: '채팅 기록',
  loading: '연결하는 중…',
  slow: '아직 연결하는 중…',
  ready: '채팅이 준비되었습니다.',
  retry: '다시 시도',
  contact: '문의하기',
  unread: '새 메시지',
  offline: '오프라인 상태입니다. 인터넷에 다시 연결되면 채팅을 이용할 수 있습니다.',
  session_rate_limited: '지금은 채팅 이용자가 많습니다. 잠시 후 다시 시도해 주세요.',
  wait: '지금은 채팅 이용자가 많습니다. {time} 후에 다시 시도해 주세요.',
  session_unauthenticated: '채팅을 이용하려면 로그인해 주세요.',
  session_forbidden: '이 페이지에서는 채팅을 이용할 수 없습니다.',
  waiting: '연결이 끊겼습니다. 다시 연결되면 메시지가 전송됩니다.',
  threadLost: '이전 대화를 더 이상 이용할 수 없습니다. 새 대화가 시작되었습니다.',
  failed: '채팅을 열 수 없습니다.',
};
