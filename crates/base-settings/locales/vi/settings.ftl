# Các thiết lập của máy chủ: nhóm, ý nghĩa, lỗi, tài liệu.
setting-group-general = Chung
setting-group-console = Bảng điều khiển
setting-group-intake = Sự kiện từ mạng và từ tệp
setting-group-mail = Thư điện tử
setting-group-audit = Nhật ký kiểm toán
setting-group-lake = Kho sự kiện
setting-group-content = Nội dung
setting-group-watch = Theo dõi vận hành

setting-data = Thư mục chứa mọi dữ liệu: cơ sở dữ liệu, kho sự kiện, nhật ký tiếp nhận, khóa. Chỉ tài khoản chạy máy chủ được đọc. `mangrove demo` dùng `mangrove-demo-data`.
setting-database = Lưu cơ sở dữ liệu trong PostgreSQL 15 trở lên thay cho tệp trong thư mục dữ liệu. Địa chỉ có thể chứa mật khẩu nên được coi là bí mật.
setting-log = Mức ghi nhật ký chương trình: `error`, `warn`, `info`, `debug`, hoặc bộ lọc theo phần như `info,sqlx=warn`. `mangrove demo` dùng `warn`.
setting-log-format = Dạng nhật ký trên luồng lỗi chuẩn: dòng chữ để đọc, hoặc mỗi dòng một đối tượng JSON cho bộ thu thập nhật ký.
setting-host = Địa chỉ mà bảng điều khiển và API lắng nghe. `mangrove demo` và `http` dùng 127.0.0.1.
setting-port = Cổng của bảng điều khiển và API; khi bật `http` mà không đặt cổng thì là 8080.
setting-http = Dùng HTTP thường thay cho HTTPS; chỉ được phép trên địa chỉ nội bộ của máy, khi có máy ủy nhiệm trên cùng máy hoặc khi chạy thử.
setting-tls-cert = Chuỗi chứng thư số (PEM) của bảng điều khiển, chứng thư của máy chủ đứng đầu. Nếu không có, chương trình tự tạo khi khởi động lần đầu. Đi kèm với `tls-key`.
setting-tls-key = Khóa riêng (PEM) của `tls-cert`.
setting-name = Tên mà người dùng gõ để mở bảng điều khiển; tên này có trong liên kết, thư và chứng thư số.
setting-second-factor = Quản trị viên, phụ trách an toàn thông tin của tỉnh và chuyên viên phân tích có bắt buộc dùng xác thực hai yếu tố hay không. `mangrove demo` dùng `optional`.
setting-outbound-ca = Các tổ chức cấp chứng thư (PEM) được tin cậy thêm, ngoài các tổ chức phổ biến, khi máy chủ này truy vấn nơi khác qua HTTPS, như nhà cung cấp đăng nhập.
setting-syslog-udp = Nhận syslog qua UDP tại đây. `mangrove demo` dùng 127.0.0.1:5514.
setting-syslog-tcp = Nhận syslog qua TCP tại đây. `mangrove demo` dùng 127.0.0.1:5514.
setting-syslog-tls = Nhận syslog qua TLS (RFC 5425) tại đây.
setting-relp = Nhận RELP, giao thức nhật ký có xác nhận, tại đây.
setting-relp-tls = Nhận RELP qua TLS tại đây, dùng chứng thư `tls-cert`.
setting-intake-http = Nhận thêm sự kiện qua HTTP tại đây (NDJSON, _bulk, OTLP). Mã truy cập đi qua mạng ở dạng rõ: chỉ dùng trong mạng tin cậy.
setting-intake-https = Nhận thêm sự kiện qua HTTPS tại đây (NDJSON, _bulk, OTLP qua HTTP và gRPC).
setting-intake-client-ca = Các tổ chức cấp chứng thư (PEM) dùng để xác minh chứng thư của bên gửi nhật ký.
setting-intake-client-required = Từ chối bên gửi nhật ký qua TLS không xuất trình chứng thư thuộc `intake-client-ca`.
setting-watch-lines = Đọc theo từng dòng các tệp của một thư mục, kể cả khi tệp được xoay vòng. Có thể đặt nhiều lần.
setting-watch-files = Đọc một lần mỗi tệp đã ghi xong được đặt vào thư mục, trước hết là EVTX. Có thể đặt nhiều lần.
setting-source-quota = Số bản ghi nhiều nhất của một bên gửi, cho phép tăng vọt gấp mười lần; 0 là không giới hạn.
setting-smtp = Máy chủ thư để gửi cảnh báo. Có thể chứa tên và mật khẩu nên được coi là bí mật. Không đặt thì không gửi thư.
setting-mail-from = Người gửi của thư: một địa chỉ, hoặc tên kèm địa chỉ trong ngoặc nhọn.
setting-audit-mail = Gửi mỗi điểm chốt đã ký của nhật ký kiểm toán đến địa chỉ thư này; nên là địa chỉ của bên khác.
setting-audit-syslog = Gửi mỗi điểm chốt đã ký của nhật ký kiểm toán đến máy chủ syslog này (TCP), dạng MÁY:CỔNG; nên là máy của bên khác.
setting-lake-cold = Thư mục thứ hai của kho sự kiện, trên ổ đĩa lớn hơn hoặc chậm hơn: các ngày đã khép lại được chuyển sang đây.
setting-lake-cold-after = Sau bao lâu thì một ngày đã khép lại được chuyển sang `lake-cold`.
setting-content = Thư mục nội dung của đơn vị (rules/, sources/ …), được đặt chồng lên nội dung có sẵn.
setting-attack-samples = Thư mục mẫu tấn công (EVTX, JSON, nhật ký). Mỗi tháng một lần các mẫu được chạy lại và tỷ lệ phát hiện được lưu.
setting-metrics = Cung cấp số liệu cho Prometheus tại đây, ở đường dẫn /metrics, không mã hóa. Ngoài địa chỉ nội bộ của máy thì phải có `metrics-token`.
setting-metrics-token = Bên lấy số liệu phải gửi mã này trong `Authorization: Bearer …`. Ít nhất 16 ký tự.

setting-place-default = mặc định
setting-not-set = chưa đặt

setting-wrong-unknown = không có thiết lập { $name }; `mangrove config manual` liệt kê tất cả
setting-wrong-unknown-near = không có thiết lập { $name }; có phải ý bạn là { $near }?
setting-wrong-syntax = không đúng dạng TOML: { $reason }
setting-wrong-unreadable = không đọc được: { $reason }; hãy kiểm tra tên tệp và quyền sở hữu
setting-wrong-too-large = lớn hơn { $most } byte; tệp thiết lập hay tệp bí mật phải nhỏ hơn
setting-wrong-type = giá trị thuộc kiểu { $found }; hãy viết giá trị kiểu { $wanted }
setting-wrong-empty = để trống; hãy viết giá trị hoặc bỏ thiết lập này
setting-wrong-too-long = dài hơn { $most } byte; hãy rút ngắn
setting-wrong-address = “{ $text }” không phải địa chỉ IP; ví dụ đúng: 10.0.0.5 hoặc ::1
setting-wrong-listen = “{ $text }” không có dạng ĐỊA-CHỈ:CỔNG; ví dụ đúng: 0.0.0.0:5514, hoặc off
setting-wrong-flag = “{ $text }” không phải true hay false
setting-wrong-number = “{ $text }” không phải số nguyên từ { $least } đến { $most }
setting-wrong-url = không bắt đầu bằng { $schemes } và tên máy chủ
setting-wrong-choice = “{ $text }” không nằm trong: { $words }
setting-wrong-twice = vừa đặt trực tiếp vừa đặt qua { $file }; hãy bỏ một trong hai

setting-manual-title = Các thiết lập
setting-manual-intro =
    Tài liệu này do `mangrove config manual` sinh ra từ bảng trong `crates/base-settings`; một phép kiểm thử giữ cho nó luôn đúng.

    Mỗi thiết lập có thể đặt bằng tham số dòng lệnh, biến môi trường, hoặc trong tệp cấu hình (TOML) với tên thiết lập làm khóa.
    Tham số được ưu tiên hơn biến, biến được ưu tiên hơn tệp; các danh sách được gộp lại. Tệp cấu hình là tệp nêu ở `--config` hoặc
    `MANGROVE_CONFIG`, nếu không có thì là `mangrove.toml` trong thư mục dữ liệu, nếu vẫn không có thì là `/etc/mangrove/mangrove.toml`.

    `mangrove config check` nêu từng lỗi kèm số dòng. `mangrove config show` cho biết giá trị đang có hiệu lực và nguồn của từng
    giá trị; các bí mật được che.
setting-manual-kind = Giá trị
setting-manual-unit = Đơn vị
setting-manual-default = Mặc định
setting-manual-none = không có
setting-manual-given = Tham số và biến
setting-manual-secret = Bí mật
setting-manual-secret-how = nên để trong một tệp chỉ máy chủ được đọc, nêu bằng { $flag } hoặc { $variable }
setting-manual-example = Ví dụ
setting-kind-text = văn bản
setting-kind-file = tệp
setting-kind-folder = thư mục
setting-kind-address = địa chỉ IP
setting-kind-port = cổng, từ 1 đến 65535
setting-kind-listen = `ĐỊA-CHỈ:CỔNG`, hoặc `off`
setting-kind-flag = `true` hoặc `false`
setting-kind-list = danh sách `TÊN=THƯ-MỤC/MẪU`
setting-kind-number = số nguyên từ { $least } đến { $most }
setting-kind-url = địa chỉ bắt đầu bằng { $schemes }
setting-kind-choice = một trong { $words }
setting-unit-days = ngày
setting-unit-records-per-second = bản ghi mỗi giây

setting-check-no-file = không có tệp cấu hình
setting-check-end =
    { $file }: { $n ->
        [0] không có lỗi
       *[other] { $n } lỗi
    }
