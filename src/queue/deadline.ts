export { withDeadline } from '../model/deadline.ts';
