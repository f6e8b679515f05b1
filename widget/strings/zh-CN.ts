import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: '关闭',
  newChat: '新建聊天',
  history: '历史记录',
  loading: '正在连接…',
  slow: '仍在连接…',
  ready: '聊天已就绪。',
  retry: '重试',
  contact: '联系我们',
  unread: '新消息',
  offline: '您已离线。网络恢复后即可继续聊天。',
  session_rate_limited: '聊天服务繁忙，请稍后重试。',
  wait: '聊天服务繁忙，请在{time}后重试。',
  session_unauthenticated: '请登录后使用聊天。',
  session_forbidden: '此页面无法使用聊天。',
  waiting: '连接已中断。恢复后将发送消息。',
  threadLost: '之前的对话已不可用。这是新的对话。',
  failed: '无法打开聊天。',
};
