# Tài khoản, đăng nhập, quyền, nhật ký hệ thống.
identity-nav-accounts = Tài khoản
identity-nav-audit = Nhật ký hệ thống

# Đăng nhập
identity-sign-in-title = Đăng nhập
identity-sign-in-lead = Hệ thống giám sát, cảnh báo và ứng cứu sự cố an ninh mạng của tỉnh.
identity-sign-in = Đăng nhập
identity-sign-in-help = Quên mật khẩu? Liên hệ người quản trị của tỉnh để được cấp mật khẩu dùng một lần.
identity-sign-in-wrong = Tên đăng nhập hoặc mật khẩu không đúng.
identity-sign-in-locked = Tài khoản đang bị khóa. Hãy liên hệ người quản trị của tỉnh.
identity-sign-in-wait = Đã nhập sai quá nhiều lần. Hãy thử lại sau { $span }.
identity-login = Tên đăng nhập
identity-login-hint = Chữ thường không dấu, chữ số và các dấu . _ - @
identity-password = Mật khẩu
identity-password-again = Nhập lại mật khẩu
identity-password-hint = Ít nhất { $min } ký tự. Một câu ngắn dễ nhớ tốt hơn một từ khó nhớ; có thể dùng tiếng Việt có dấu.

# Khởi tạo lần đầu
identity-start-title = Tạo tài khoản quản trị đầu tiên
identity-start-lead = Máy chủ này chưa có tài khoản nào. Người giữ mã khởi tạo tạo tài khoản đầu tiên, sau đó tạo tài khoản cho những người khác.
identity-start-code = Mã khởi tạo
identity-start-code-hint = Mã được in ra ở cửa sổ dòng lệnh khi chương trình khởi động, chỉ dùng một lần.
identity-start-send = Tạo tài khoản

# Tài khoản của tôi
identity-me-title = Tài khoản của tôi
identity-me-facts = Thông tin tài khoản
identity-name = Họ và tên
identity-email = Thư điện tử
identity-role = Vai trò
identity-roles = Vai trò
identity-made = Ngày tạo
identity-password-changed = Đổi mật khẩu lần cuối
identity-sessions = Phiên đăng nhập
identity-sessions-end-others = Kết thúc các phiên khác
identity-sessions-ended = Đã kết thúc { $n } phiên khác.
identity-session-browser = Trình duyệt
identity-session-peer = Địa chỉ
identity-session-since = Đăng nhập lúc
identity-session-seen = Hoạt động
identity-session-present = Phiên này
identity-session-end = Kết thúc
identity-session-ended = Đã kết thúc phiên đăng nhập.
identity-change-password = Đổi mật khẩu
identity-password-present = Mật khẩu hiện tại
identity-password-new = Mật khẩu mới
identity-password-save = Đổi mật khẩu
identity-password-done = Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.
identity-password-must = Bạn đang dùng mật khẩu do người khác cấp. Hãy đặt mật khẩu của riêng mình trước khi tiếp tục.

# Quản trị tài khoản
identity-accounts-title = Tài khoản
identity-accounts-lead = Những người đăng nhập được vào hệ thống và vai trò của họ đối với toàn tỉnh hoặc từng đơn vị.
identity-accounts-none = Không có tài khoản phù hợp
identity-accounts-none-hint = Hãy bớt điều kiện lọc.
identity-account-new = Thêm tài khoản
identity-account-new-lead = Hệ thống cấp mật khẩu dùng một lần; người dùng phải đổi ở lần đăng nhập đầu tiên.
identity-account-make = Tạo tài khoản
identity-account-made = Đã tạo tài khoản
identity-account-open = Xem tài khoản
identity-account-actions = Khóa và mật khẩu
identity-account-trail = Nhật ký của tài khoản
identity-cancel = Hủy
identity-search = Tìm theo tên
identity-any-role = Mọi vai trò
identity-last-sign-in = Đăng nhập gần nhất
identity-never = Chưa bao giờ
identity-state = Trạng thái
identity-state-active = Hoạt động
identity-state-locked = Đã khóa
identity-state-must-change = Chờ đổi mật khẩu
identity-locked-since = Khóa từ
identity-unit = Đơn vị
identity-unit-none = — Toàn tỉnh —
identity-unit-hint = Chỉ chọn đơn vị cho cán bộ phụ trách và thủ trưởng đơn vị; các vai trò khác áp dụng cho toàn tỉnh.
identity-one-time-title = Mật khẩu dùng một lần của { $login }
identity-one-time-hint = Mật khẩu chỉ hiện một lần. Hãy trao tận tay hoặc đọc qua điện thoại cho người dùng, không gửi qua thư điện tử.
identity-reset = Cấp mật khẩu dùng một lần
identity-reset-hint = Mật khẩu cũ mất hiệu lực, mọi phiên đăng nhập kết thúc.
identity-reset-ask = Cấp mật khẩu mới? Mật khẩu cũ mất hiệu lực ngay và mọi phiên đăng nhập của người này kết thúc.
identity-lock = Khóa tài khoản
identity-lock-why = Lý do khóa
identity-locked-done = Đã khóa tài khoản.
identity-unlock = Mở khóa tài khoản
identity-unlocked-done = Đã mở khóa tài khoản.
identity-grants-none = Chưa có vai trò nào; người này đăng nhập được nhưng không xem được gì.
identity-granted-at = Cấp lúc
identity-granted-by = Người cấp
identity-grant-give = Cấp vai trò
identity-grant-given = Đã cấp vai trò.
identity-grant-take = Thu hồi
identity-grant-taken = Đã thu hồi vai trò.
identity-trail-none = Chưa có hoạt động nào được ghi

# Vai trò
identity-role-administrator = Quản trị hệ thống
identity-role-security-lead = Phụ trách an ninh mạng của tỉnh
identity-role-analyst = Chuyên viên giám sát
identity-role-unit-officer = Cán bộ phụ trách của đơn vị
identity-role-head-of-unit = Thủ trưởng đơn vị
identity-role-auditor = Thanh tra, kiểm tra
identity-role-service = Chương trình

# Nhật ký hệ thống
identity-audit-title = Nhật ký hệ thống
identity-audit-lead = Ai đã làm gì, khi nào. Mỗi dòng mang mã băm của dòng trước, nên mọi sửa đổi về sau đều bị phát hiện.
identity-audit-verify = Kiểm tra tính toàn vẹn
identity-audit-whole = Nhật ký toàn vẹn: đã kiểm tra { $n } dòng, không dòng nào bị sửa hoặc bị xóa.
identity-audit-head = Mã băm của dòng cuối (hãy ghi lại ở nơi khác để sau này đối chiếu):
identity-audit-broken = Nhật ký không còn toàn vẹn từ dòng { $n }: { $why }.
identity-audit-none-hint = Mọi thao tác làm thay đổi dữ liệu sẽ được ghi ở đây.
identity-audit-number = Số
identity-audit-at = Thời điểm
identity-audit-who = Người thực hiện
identity-audit-action = Thao tác
identity-audit-object = Đối tượng
identity-audit-detail = Chi tiết
identity-audit-peer = Địa chỉ
identity-audit-newer = Mới hơn
identity-audit-older = Cũ hơn
identity-act-accounts-create = Tạo tài khoản
identity-act-accounts-lock = Khóa tài khoản
identity-act-accounts-unlock = Mở khóa tài khoản
identity-act-accounts-reset-password = Cấp mật khẩu dùng một lần
identity-act-accounts-change-password = Đổi mật khẩu
identity-act-accounts-grant = Cấp vai trò
identity-act-accounts-revoke-grant = Thu hồi vai trò
identity-act-session-open = Đăng nhập
identity-act-session-close = Đăng xuất
identity-act-session-revoke = Kết thúc phiên đăng nhập

# Lỗi của từng ô
identity-error-setup-code = Mã khởi tạo không đúng. Xem lại mã ở cửa sổ dòng lệnh.
identity-error-login-form = Tên đăng nhập gồm 2–64 chữ thường không dấu, chữ số hoặc các dấu . _ - @ và bắt đầu bằng chữ hoặc số.
identity-error-login-taken = Tên đăng nhập này đã có người dùng.
identity-error-name-missing = Hãy nhập họ và tên.
identity-error-name-long = Họ và tên dài quá 120 ký tự.
identity-error-email-form = Địa chỉ thư điện tử chưa đúng dạng.
identity-error-password-short = Mật khẩu quá ngắn: cần ít nhất 10 ký tự.
identity-error-password-long = Mật khẩu quá dài: nhiều nhất 256 byte.
identity-error-password-simple = Mật khẩu quá dễ đoán: ít ký tự khác nhau hoặc là một dãy phím liền nhau.
identity-error-password-common = Mật khẩu này nằm trong số những mật khẩu bị thử đầu tiên. Hãy chọn một câu của riêng bạn.
identity-error-password-of-person = Mật khẩu không được dựa trên tên hoặc tên đăng nhập.
identity-error-password-differs = Hai lần nhập mật khẩu không giống nhau.
identity-error-password-wrong = Mật khẩu hiện tại không đúng.
identity-error-password-same = Mật khẩu mới phải khác mật khẩu hiện tại.
identity-error-role-unknown = Không có vai trò này.
identity-error-role-needs-unit = Vai trò này cần chọn đơn vị.
identity-error-role-is-of-province = Vai trò này áp dụng cho toàn tỉnh, không chọn đơn vị.
identity-error-unit-unknown = Không có đơn vị này.
identity-error-why-missing = Hãy ghi lý do.
